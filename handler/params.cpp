#include "handler/params.hpp"

#include <charconv>
#include <sstream>

#include <date/date.h>
#include <fmt/format.h>

namespace runcast {
namespace {

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Timestamp> to_time(std::string const& text) {
  if (auto const ms = to_number(text); ms && *ms <= INT64_MAX) return from_epoch_ms(static_cast<std::int64_t>(*ms));
  bool const in_utc = text.ends_with('Z');
  std::istringstream in(in_utc ? text.substr(0, text.size() - 1) + "+00:00" : text);
  Timestamp time;
  in >> date::parse(text.find('T') == std::string::npos ? "%F" : "%FT%T%Ez", time);
  return !in.fail() && in.peek() == std::istringstream::traits_type::eof() ? std::optional(time) : std::nullopt;
}

template <class T>
Result<std::optional<T>> named(Request const& request, std::string_view name,
                               std::optional<T> (*from)(std::string_view), std::string_view choices) {
  auto const text = request.param(name);
  if (!text) return std::optional<T>{};
  auto const value = from(*text);
  if (!value) return fail(Errc::invalid, fmt::format("the parameter '{}' is one of {}", name, choices));
  return value;
}

}  // namespace

Result<std::optional<std::uint64_t>> number_param(Request const& request, std::string_view name, std::uint64_t least,
                                                  std::uint64_t most) {
  auto const text = request.param(name);
  if (!text) return std::optional<std::uint64_t>{};
  auto const value = to_number(*text);
  if (!value || *value < least || *value > most) {
    auto const bound = most == INT64_MAX ? std::string("on") : fmt::format("to {}", most);
    return fail(Errc::invalid, fmt::format("the parameter '{}' is a whole number from {} {}", name, least, bound));
  }
  return value;
}

Result<std::size_t> limit_param(Request const& request) {
  auto const limit = number_param(request, "limit", 1, 1000);
  if (!limit) return limit.error();
  return static_cast<std::size_t>(limit->value_or(50));
}

Result<std::uint64_t> page_start_param(Request const& request) {
  auto const after = number_param(request, "after");
  if (!after) return after.error();
  if (request.param("cursor").value_or("").empty()) return after->value_or(0);
  auto const cursor = number_param(request, "cursor");
  if (!cursor) return cursor.error();
  return std::max(after->value_or(0), **cursor);
}

Result<std::optional<Timestamp>> time_param(Request const& request, std::string_view name) {
  auto const text = request.param(name);
  if (!text) return std::optional<Timestamp>{};
  auto const time = to_time(*text);
  if (!time) {
    return fail(Errc::invalid, fmt::format("the parameter '{}' is milliseconds since 1970, or a time like "
                                           "2025-11-20T23:59:12Z",
                                           name));
  }
  return time;
}

Result<std::optional<Level>> level_param(Request const& request) {
  return named(request, "level", level_from, "debug, info, warn, error");
}

Result<std::optional<RunStatus>> run_status_param(Request const& request) {
  return named(request, "status", run_status_from, "pending, running, succeeded, failed, cancelled");
}

}  // namespace runcast
