#include "cli/net/json_members.hpp"

#include <boost/json/value.hpp>

namespace runcast::cli {

namespace json = boost::json;

std::string_view text_of(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

std::optional<std::int64_t> number_of(json::object const& object, std::string_view name) {
  auto const* value = object.if_contains(name);
  if (!value) return std::nullopt;
  boost::system::error_code error;
  auto const number = value->to_number<std::int64_t>(error);
  return error ? std::nullopt : std::optional{number};
}

std::optional<Timestamp> time_of(json::object const& object, std::string_view name) {
  auto const ms = number_of(object, name);
  return ms ? std::optional{from_epoch_ms(*ms)} : std::nullopt;
}

json::array const& array_of(json::object const& object, std::string_view name) {
  static json::array const none;
  auto const* value = object.if_contains(name);
  return value && value->is_array() ? value->get_array() : none;
}

}  // namespace runcast::cli
