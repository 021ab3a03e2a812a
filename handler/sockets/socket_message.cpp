#include "handler/sockets/socket_message.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.hpp"
#include "base/utf8.hpp"
#include "model/json_parse.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr JsonLimits limits{1024 * 1024, 32};
constexpr std::size_t longest_request_id = 256;

bool is_request_id(json::value const& value) {
  if (auto const* text = value.if_string()) return text->size() <= longest_request_id;
  return value.is_number();
}

std::string_view code_name(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::too_large:
      return "too_large";
    case Errc::busy:
      return "busy";
    case Errc::forbidden:
      return "forbidden";
    default:
      return "unavailable";
  }
}

std::string error_message(std::string const& text, std::string_view code, json::array errors,
                          json::value const& request_id) {
  json::object out{{"type", "error"}, {"error", text}, {"message", text}, {"code", code}};
  if (!errors.empty()) out["errors"] = std::move(errors);
  if (!request_id.is_null()) out["request_id"] = request_id;
  out["timestamp"] = to_epoch_ms(system_time());
  return to_json_text(out);
}

}  // namespace

Checked<SocketMessage> parse_socket_message(std::string_view text) {
  auto parsed = parse_json(text, limits);
  if (!parsed) return parsed.error();
  if (!parsed->is_object()) return Faults{{"", "expected an object"}};
  SocketMessage message;
  message.members = std::move(parsed->as_object());
  if (auto const* id = message.members.if_contains("request_id"); id && is_request_id(*id)) message.request_id = *id;
  auto const* type = message.members.if_contains("type");
  if (type && type->is_string()) message.type = type->get_string();
  return message;
}

std::string error_message(std::string_view what, Faults const& faults, json::value const& request_id) {
  json::array errors;
  std::string text(what);
  for (auto const& fault : faults) {
    text += fmt::format("{}{}{}{}", errors.empty() ? ": " : "; ", fault.pointer, fault.pointer.empty() ? "" : " ",
                        fault.message);
    errors.push_back({{"pointer", fault.pointer}, {"message", fault.message}});
  }
  return error_message(text, "invalid", std::move(errors), request_id);
}

std::string error_message(std::string_view what, Error const& error, json::value const& request_id) {
  return error_message(fmt::format("{}: {}", what, error.message), code_name(error.code), {}, request_id);
}

Faults unknown_type(std::string_view type, std::span<std::string_view const> known) {
  if (type.empty()) return {{"/type", fmt::format("is missing, or no string; one of {}", fmt::join(known, ", "))}};
  Suggester suggester;
  return {{"/type", fmt::format("expected one of {}, found '{}'{}", fmt::join(known, ", "), utf8_prefix(type, 64),
                                suggester.hint(type, known))}};
}

std::vector<std::string> read_strings(JsonNode const& node, std::size_t most) {
  std::vector<std::string> strings;
  auto const* array = node.array();
  if (!array) return strings;
  if (array->size() > most) {
    node.fault(fmt::format("has {} entries, the most is {}", array->size(), most));
    return strings;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    auto const element = node.element((*array)[i], i);
    if (auto const text = element.string()) strings.emplace_back(*text);
  }
  return strings;
}

bool is_peer_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 &&
         std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

}  // namespace runcast
