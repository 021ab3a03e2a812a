#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dag.hpp"
#include "model/definition.hpp"
#include "model/json_reader.hpp"
#include "model/template.hpp"

// The parts of reading a definition, each in its own file; nobody but they include this.
namespace runcast {

// Which values a template or an expression at some place may name.
struct ExpressionScope {
  std::optional<StepIndex> step;  // whose needs it sees; none: no step's
  bool matrix = false;
  bool secrets = false;
};

// Names can be checked only once all of the definition is read.
struct ExpressionUse {
  std::string pointer;
  ExpressionScope scope;
  std::vector<Reference> references;
};

struct NeedDraft {
  std::string id;
  std::size_t position;  // in the definition's list
};

// A step as far as it could be read; its place in `steps` is its place in the definition.
struct StepDraft {
  Step step;  // without its needs
  std::string_view needs_key = "needs";
  std::vector<NeedDraft> needs;
};

struct DefinitionDraft {
  Workflow workflow;  // without its steps
  std::vector<StepDraft> steps;
  std::vector<ExpressionUse> uses;
};

// A step of the definition, with what it does (definition_step.cpp, definition_action.cpp).
StepDraft read_step(JsonNode const& node, StepIndex index, DefinitionDraft& draft);
std::optional<Action> read_action(JsonMembers& step, ExpressionScope scope, DefinitionDraft& draft);

// The smaller parts (definition_inputs.cpp, definition_triggers.cpp, definition_values.cpp).
std::vector<InputSpec> read_inputs(JsonNode const& node);
Triggers read_triggers(JsonNode const& node, std::vector<InputSpec> const& inputs);
std::optional<Matrix> read_matrix(JsonNode const& node, StepIndex step, DefinitionDraft& draft);
std::optional<Condition> read_condition(JsonNode const& node, StepIndex step, DefinitionDraft& draft);
RetryPolicy read_retry(JsonNode const& node);
std::vector<Variable> read_env(JsonNode const& node, ExpressionScope scope, DefinitionDraft& draft);
std::optional<Millis> read_timeout(JsonNode const& node);

// Notes the references of a text, or of all texts within a value, and the faults of templates that do not parse.
void read_template(JsonNode const& node, std::string_view text, ExpressionScope scope, DefinitionDraft& draft);
void read_templates(JsonNode const& node, ExpressionScope scope, DefinitionDraft& draft);

// What concerns several steps: ids, needs, cycles, and the names in expressions (definition_check.cpp).
void check_draft(DefinitionDraft const& draft, std::string_view base, DefinitionLimits const& limits, FaultLog& log);

}  // namespace runcast
