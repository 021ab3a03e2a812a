#include "model/matrix.hpp"

#include <fmt/format.h>

#include "model/json_parse.hpp"
#include "model/names.hpp"

namespace runcast {

namespace json = boost::json;

namespace {

Result<json::array> array_of(Expression const& expression, ExpressionContext const& context) {
  auto value = expression.evaluate(context);
  if (auto const* text = value.if_string()) {
    auto parsed = parse_json_value(*text);
    if (!parsed) return fail(Errc::invalid, "a matrix needs a JSON array, and this is other text");
    value = std::move(*parsed);
  }
  if (auto* array = value.if_array()) return std::move(*array);
  return fail(Errc::invalid, "a matrix needs a JSON array");
}

Result<std::vector<json::object>> whole(Expression const& expression, ExpressionContext const& context,
                                        std::size_t limit) {
  auto items = array_of(expression, context);
  if (!items) return items.error();
  if (items->size() > limit) return fail(Errc::too_large, fmt::format("more than {} instances", limit));
  std::vector<json::object> out;
  for (auto& item : *items) {
    auto const* object = item.if_object();
    auto instance = object != nullptr ? *object : json::object{{sole_axis, item}};
    for (auto const& member : instance) {
      if (!is_step_name(member.key())) return fail(Errc::invalid, "an axis of the matrix has no good name");
    }
    out.push_back(std::move(instance));
  }
  return out;
}

}  // namespace

Result<std::vector<json::object>> expand(Matrix const& matrix, ExpressionContext const& context, std::size_t limit) {
  if (auto const* expression = std::get_if<Expression>(&matrix.source)) return whole(*expression, context, limit);
  std::vector<json::object> out(1);
  for (auto const& axis : std::get<std::vector<MatrixAxis>>(matrix.source)) {
    json::array computed;
    auto const* values = std::get_if<json::array>(&axis.values);
    if (values == nullptr) {
      auto array = array_of(std::get<Expression>(axis.values), context);
      if (!array) return array.error();
      computed = std::move(*array);
      values = &computed;
    }
    if (!values->empty() && out.size() > limit / values->size()) {
      return fail(Errc::too_large, fmt::format("more than {} instances", limit));
    }
    std::vector<json::object> longer;
    longer.reserve(out.size() * values->size());
    for (auto const& instance : out) {
      for (auto const& value : *values) {
        longer.push_back(instance);
        longer.back().emplace(axis.name, value);
      }
    }
    out = std::move(longer);
  }
  return out;
}

std::string instance_id(std::string_view step_id, std::size_t index) { return fmt::format("{}[{}]", step_id, index); }

}  // namespace runcast
