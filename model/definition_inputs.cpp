#include <algorithm>

#include <fmt/format.h>

#include "model/definition_draft.hpp"
#include "model/inputs.hpp"
#include "model/names.hpp"

namespace runcast {

namespace json = boost::json;

namespace {

constexpr std::size_t max_inputs = 1000;

constexpr Words<InputType, 6> input_types{{{"string", InputType::string},
                                           {"number", InputType::number},
                                           {"integer", InputType::integer},
                                           {"boolean", InputType::boolean},
                                           {"object", InputType::object},
                                           {"array", InputType::array}}};

void read_choices(JsonNode const& node, InputSpec& spec) {
  auto const* choices = node.array();
  if (choices == nullptr) return;
  if (choices->empty()) node.fault("needs at least one value");
  for (std::size_t i = 0; i < choices->size(); ++i) {
    if (check_input(spec, node.element((*choices)[i], i))) continue;
    return;  // one of a wrong type tells enough
  }
  spec.choices.assign(choices->begin(), choices->end());
}

InputSpec read_input(JsonNode const& node, std::string_view name) {
  InputSpec spec;
  spec.name = name;
  if (!is_step_name(name)) {
    node.fault("an input is named with letters, digits, '_' and '-', at most 64, not beginning with a digit");
  }
  auto const* object = node.object();
  if (object == nullptr) return spec;
  JsonMembers members(*object, node.place(), node.log());
  bool type_known = true;
  if (auto const type = members.get("type")) {
    auto const found = type->one_of(input_types);
    type_known = found.has_value();
    spec.type = found.value_or(InputType::string);
  }
  if (auto const required = members.get("required")) spec.required = required->boolean().value_or(false);
  if (auto const description = members.get("description")) spec.description = description->string().value_or("");
  auto const choices = members.get("enum");
  auto const fallback = members.get("default");
  if (choices && type_known) read_choices(*choices, spec);
  if (fallback && type_known && check_input(spec, *fallback)) spec.default_value = fallback->value();
  members.refuse_others();
  return spec;
}

}  // namespace

std::vector<InputSpec> read_inputs(JsonNode const& node) {
  std::vector<InputSpec> out;
  auto const* object = node.object();
  if (object == nullptr) return out;
  if (object->size() > max_inputs) {
    node.fault(fmt::format("a workflow has at most {} inputs", max_inputs));
    return out;
  }
  std::unordered_map<std::string, std::string_view> variables;
  for (auto const& member : *object) {
    auto const input = node.member(member.value(), member.key());
    auto const [other, is_new] = variables.emplace(variable_for("INPUT_", member.key()), member.key());
    if (!is_new) input.fault(fmt::format("would be {} to a command, as '{}' is already", other->first, other->second));
    out.push_back(read_input(input, member.key()));
  }
  return out;
}

}  // namespace runcast
