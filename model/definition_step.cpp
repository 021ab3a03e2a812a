#include "model/definition_draft.hpp"
#include "model/names.hpp"

namespace runcast {

namespace {

constexpr Words<OnInterrupt, 2> interrupt_words{{{"retry", OnInterrupt::retry}, {"fail", OnInterrupt::fail}}};

void read_id(JsonMembers& members, Step& step) {
  auto const node = members.require("id");
  auto const id = node ? node->string() : std::nullopt;
  if (!id) return;
  step.id = *id;
  if (is_step_name(*id)) return;
  node->fault("a step is named with letters, digits, '_' and '-', at most 64, not beginning with a digit");
}

void read_needs(JsonMembers& members, StepDraft& draft) {
  auto const node = members.get("needs", "depends_on");
  if (!node) return;
  if (!members.has("needs")) draft.needs_key = "depends_on";
  auto const* ids = node->array();
  for (std::size_t i = 0; ids != nullptr && i < ids->size(); ++i) {
    auto const id = node->element((*ids)[i], i).string();
    if (id) draft.needs.push_back({std::string(*id), i});
  }
}

}  // namespace

StepDraft read_step(JsonNode const& node, StepIndex index, DefinitionDraft& draft) {
  StepDraft out;
  auto const* object = node.object();
  if (object == nullptr) return out;
  JsonMembers members(*object, node.place(), node.log());
  auto& step = out.step;
  read_id(members, step);
  step.name = step.id;
  if (auto const name = members.get("name")) step.name = name->text().value_or("");
  read_needs(members, out);

  if (auto const matrix = members.get("matrix")) step.matrix = read_matrix(*matrix, index, draft);
  ExpressionScope scope{index, members.has("matrix"), false};
  if (auto action = read_action(members, scope, draft)) step.action = std::move(*action);
  scope.secrets = true;
  if (auto const env = members.get("env")) step.env = read_env(*env, scope, draft);
  if (auto const condition = members.get("if")) {
    step.condition = read_condition(*condition, index, draft).value_or(Condition{});
  }
  if (auto const timeout = members.get("timeout")) step.timeout = read_timeout(*timeout);
  if (auto const retry = members.get("retry")) step.retry = read_retry(*retry);
  if (auto const go_on = members.get("continueOnError")) step.continue_on_error = go_on->boolean().value_or(false);
  if (auto const interrupt = members.get("onInterrupt")) {
    step.on_interrupt = interrupt->one_of(interrupt_words).value_or(OnInterrupt::retry);
  }
  members.refuse_others();
  return out;
}

}  // namespace runcast
