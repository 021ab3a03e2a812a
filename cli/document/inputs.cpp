#include "cli/document/inputs.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace runcast::cli {
namespace {

namespace json = boost::json;

std::string_view declared_type(json::value const& definition, std::string_view name) {
  auto const* inputs = definition.is_object() ? definition.get_object().if_contains("inputs") : nullptr;
  auto const* input = inputs && inputs->is_object() ? inputs->get_object().if_contains(name) : nullptr;
  auto const* type = input && input->is_object() ? input->get_object().if_contains("type") : nullptr;
  return type && type->is_string() ? std::string_view{type->get_string()} : "string";
}

bool has_type(json::value const& value, std::string_view type) {
  if (type == "boolean") return value.is_bool();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  if (type == "array") return value.is_array();
  return value.is_object();
}

Result<json::value> typed_value(std::string_view name, std::string const& text, std::string_view type) {
  bool const is_json =
      type == "boolean" || type == "number" || type == "integer" || type == "array" || type == "object";
  if (!is_json) return json::value(text);
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error || !has_type(value, type)) {
    return fail(Errc::invalid, fmt::format("the input {} is declared as {}, which \"{}\" is not", name, type, text));
  }
  return value;
}

}  // namespace

Result<json::object> parse_inputs(std::vector<std::string> const& arguments, json::value const& definition,
                                  ReadFile const& read_file) {
  json::object inputs;
  for (auto const& argument : arguments) {
    auto const equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Errc::invalid, fmt::format("--input {}: write NAME=VALUE", argument));
    }
    std::string const name = argument.substr(0, equals);
    std::string text = argument.substr(equals + 1);
    if (text.starts_with("@@")) {
      text.erase(0, 1);
    } else if (text.starts_with('@')) {
      auto content = read_file(text.substr(1));
      if (!content) return content.error();
      text = std::move(*content);
    }
    if (inputs.contains(name)) return fail(Errc::invalid, fmt::format("the input {} is given twice", name));
    auto value = typed_value(name, text, declared_type(definition, name));
    if (!value) return value.error();
    inputs.emplace(name, std::move(*value));
  }
  return inputs;
}

}  // namespace runcast::cli
