#include "model/definition.hpp"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "model/definition_draft.hpp"
#include "model/json_parse.hpp"
#include "model/names.hpp"

namespace runcast {

namespace json = boost::json;

namespace {

constexpr Words<ScheduleMode, 2> schedule_words{{{"eager", ScheduleMode::eager}, {"layers", ScheduleMode::layers}}};
constexpr Words<Concurrency::OnConflict, 3> conflict_words{{{"queue", Concurrency::OnConflict::queue},
                                                            {"cancel_running", Concurrency::OnConflict::cancel_running},
                                                            {"refuse", Concurrency::OnConflict::refuse}}};

void read_name(JsonMembers& members, Workflow& workflow) {
  auto const node = members.require("name");
  auto const name = node ? node->string() : std::nullopt;
  if (!name) return;
  workflow.name = *name;
  if (*name == "runs" || *name == "validate") {
    node->fault(fmt::format("'{}' is a word of the API's own, and cannot name a workflow", *name));
  } else if (!is_workflow_name(*name)) {
    node->fault(
        "a workflow is named with letters, digits, '_', '.' and '-', at most 128, beginning with a letter or digit");
  }
}

std::vector<std::string> read_secrets(JsonNode const& node) {
  std::vector<std::string> out;
  std::unordered_set<std::string_view> seen;
  auto const* names = node.array();
  for (std::size_t i = 0; names != nullptr && i < names->size(); ++i) {
    auto const item = node.element((*names)[i], i);
    auto const name = item.string();
    if (!name) continue;
    if (!is_variable_name(*name))
      item.fault("a secret is named with letters, digits and '_', not beginning with a digit");
    if (!seen.insert(*name).second) item.fault("is listed twice");
    out.emplace_back(*name);
  }
  return out;
}

std::optional<Concurrency> read_concurrency(JsonNode const& node) {
  auto const* object = node.object();
  if (object == nullptr) return std::nullopt;
  Concurrency out;
  JsonMembers members(*object, node.place(), node.log());
  if (auto const group = members.require("group")) out.group = group->text().value_or("");
  if (auto const limit = members.get("limit")) out.limit = static_cast<int>(limit->integer(1, 10'000).value_or(1));
  if (auto const conflict = members.get("onConflict")) {
    out.on_conflict = conflict->one_of(conflict_words).value_or(Concurrency::OnConflict::queue);
  }
  members.refuse_others();
  return out;
}

void read_steps(JsonMembers& members, DefinitionDraft& draft, DefinitionLimits const& limits) {
  auto const node = members.require("steps");
  auto const* steps = node ? node->array() : nullptr;
  if (steps == nullptr) return;
  if (steps->empty()) node->fault("a workflow needs at least one step");
  if (steps->size() > limits.max_steps) {
    node->fault(fmt::format("has {} steps, the most is {}", steps->size(), limits.max_steps));
    return;
  }
  draft.steps.reserve(steps->size());
  for (StepIndex i = 0; i < steps->size(); ++i) {
    draft.steps.push_back(read_step(node->element((*steps)[i], i), i, draft));
  }
}

void read_members(JsonMembers& members, DefinitionDraft& draft, DefinitionLimits const& limits) {
  auto& workflow = draft.workflow;
  read_name(members, workflow);
  if (auto const description = members.get("description")) workflow.description = description->string().value_or("");
  if (auto const inputs = members.get("inputs")) workflow.inputs = read_inputs(*inputs);
  if (auto const secrets = members.get("secrets")) workflow.secrets = read_secrets(*secrets);
  if (auto const env = members.get("env")) workflow.env = read_env(*env, {std::nullopt, false, true}, draft);
  if (auto const timeout = members.get("timeout")) workflow.timeout = read_timeout(*timeout);
  if (auto const parallel = members.get("maxParallel")) {
    workflow.max_parallel = static_cast<int>(parallel->integer(1, 10'000).value_or(1));
  }
  if (auto const schedule = members.get("schedule")) {
    workflow.schedule = schedule->one_of(schedule_words).value_or(ScheduleMode::eager);
  }
  if (auto const concurrency = members.get("concurrency")) workflow.concurrency = read_concurrency(*concurrency);
  if (auto const on = members.get("on")) workflow.on = read_triggers(*on, workflow.inputs);
  read_steps(members, draft, limits);
  members.refuse_others();
}

Workflow finished(DefinitionDraft&& draft) {
  auto workflow = std::move(draft.workflow);
  workflow.steps.reserve(draft.steps.size());
  for (auto& each : draft.steps) {
    for (auto& need : each.needs) each.step.needs.push_back(std::move(need.id));
    workflow.steps.push_back(std::move(each.step));
  }
  return workflow;
}

// Values that did not come through parse_json() may be of any depth; what follows walks them recursively.
bool is_deeper(json::value const& value, std::size_t levels) {
  if (!value.is_structured()) return false;
  if (levels == 0) return true;
  if (auto const* array = value.if_array()) {
    return std::any_of(array->begin(), array->end(), [&](auto const& item) { return is_deeper(item, levels - 1); });
  }
  auto const& object = value.get_object();
  return std::any_of(object.begin(), object.end(),
                     [&](auto const& each) { return is_deeper(each.value(), levels - 1); });
}

}  // namespace

Checked<Workflow> parse_definition(json::value const& definition, std::string_view base,
                                   DefinitionLimits const& limits) {
  FaultLog log(limits.max_faults);
  JsonNode const root(definition, Place(base), log);
  if (is_deeper(definition, limits.max_depth))
    root.fault(fmt::format("nested deeper than {} levels", limits.max_depth));
  auto const* object = log.empty() ? root.object() : nullptr;
  if (object == nullptr) return log.take();

  DefinitionDraft draft;
  JsonMembers members(*object, root.place(), log);
  read_members(members, draft, limits);
  check_draft(draft, base, limits, log);
  if (!log.empty()) return log.take();
  return finished(std::move(draft));
}

Checked<Workflow> parse_definition_text(std::string_view text, DefinitionLimits const& limits) {
  auto const definition = parse_json(text, {limits.max_bytes, limits.max_depth});
  if (!definition) return definition.error();
  return parse_definition(*definition, "", limits);
}

}  // namespace runcast
