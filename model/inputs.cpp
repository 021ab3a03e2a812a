#include "model/inputs.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/names.hpp"

namespace runcast {

namespace json = boost::json;

namespace {

constexpr std::size_t max_faults = 1000;

bool has_type(json::value const& value, InputType type) {
  switch (type) {
    case InputType::string:
      return value.is_string();
    case InputType::number:
      return value.is_number();
    case InputType::integer:
      return value.is_int64() || value.is_uint64();
    case InputType::boolean:
      return value.is_bool();
    case InputType::object:
      return value.is_object();
    case InputType::array:
      return value.is_array();
  }
  return false;
}

std::string_view described(InputType type) {
  switch (type) {
    case InputType::string:
      return "a string";
    case InputType::number:
      return "a number";
    case InputType::integer:
      return "a whole number";
    case InputType::boolean:
      return "true or false";
    case InputType::object:
      return "an object";
    case InputType::array:
      return "an array";
  }
  return "a value";
}

std::string listed(std::vector<json::value> const& choices) {
  std::string out;
  for (auto const& choice : choices) {
    if (!out.empty()) out += ", ";
    if (out.size() > 200) return out + "…";
    out += to_text(choice);
  }
  return out;
}

}  // namespace

std::string_view to_string(InputType type) {
  switch (type) {
    case InputType::string:
      return "string";
    case InputType::number:
      return "number";
    case InputType::integer:
      return "integer";
    case InputType::boolean:
      return "boolean";
    case InputType::object:
      return "object";
    case InputType::array:
      return "array";
  }
  return "string";
}

bool check_input(InputSpec const& spec, JsonNode const& node) {
  if (!has_type(node.value(), spec.type)) {
    node.expected(described(spec.type));
    return false;
  }
  auto const text = to_text(node.value());
  auto const used = variable_for("INPUT_", spec.name).size() + 1;  // "INPUT_X="
  if (text.size() + used > max_argument_bytes) {
    node.fault(fmt::format("is {} bytes long, the most is {}", text.size(), max_argument_bytes - used));
    return false;
  }
  if (text.find('\0') != std::string::npos) {
    node.fault("must not contain a NUL character");
    return false;
  }
  auto const same = [&](json::value const& choice) { return equal_values(choice, node.value()); };
  if (!spec.choices.empty() && std::none_of(spec.choices.begin(), spec.choices.end(), same)) {
    node.fault(fmt::format("expected one of {}, found {}", listed(spec.choices), text.substr(0, 64)));
    return false;
  }
  return true;
}

Checked<json::object> check_inputs(std::span<InputSpec const> specs, json::object const& given, std::string_view base) {
  FaultLog log(max_faults);
  JsonMembers members(given, Place(base), log);
  json::object complete;
  for (auto const& spec : specs) {
    auto const node = members.get(spec.name);
    if (node) {
      if (check_input(spec, *node)) complete.emplace(spec.name, node->value());
    } else if (spec.default_value) {
      complete.emplace(spec.name, *spec.default_value);
    } else if (spec.required) {
      log.add(members.place().child(spec.name).pointer(), fmt::format("is missing: {}", described(spec.type)));
    }
  }
  members.refuse_others();
  if (!log.empty()) return log.take();
  return complete;
}

std::vector<Variable> variables_for(std::string_view prefix, json::object const& values) {
  std::vector<Variable> out;
  out.reserve(values.size());
  for (auto const& member : values) out.push_back({variable_for(prefix, member.key()), to_text(member.value())});
  return out;
}

}  // namespace runcast
