#include "handler/params.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace runcast {
namespace {

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// --- each takes what it reads off the front ---

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

// A number of exactly so many digits, in [0, most].
std::optional<int> take_number(std::string_view& text, std::size_t digits, int most) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (char const c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  text.remove_prefix(digits);
  return value <= most ? std::optional(value) : std::nullopt;
}

std::optional<Timestamp> take_date(std::string_view& text) {
  auto const year = take_number(text, 4, 9999);
  if (!year || !take(text, '-')) return std::nullopt;
  auto const month = take_number(text, 2, 12);
  if (!month || !take(text, '-')) return std::nullopt;
  auto const day = take_number(text, 2, 31);
  if (!day) return std::nullopt;
  auto const date = std::chrono::year{*year} / *month / *day;
  return date.ok() ? std::optional<Timestamp>(std::chrono::sys_days{date}) : std::nullopt;
}

std::optional<Millis> take_hours_and_minutes(std::string_view& text) {
  auto const hours = take_number(text, 2, 23);
  if (!hours || !take(text, ':')) return std::nullopt;
  auto const minutes = take_number(text, 2, 59);
  return minutes ? std::optional<Millis>(std::chrono::hours{*hours} + std::chrono::minutes{*minutes}) : std::nullopt;
}

// With a fraction or without; what is less than a millisecond is cut off.
std::optional<Millis> take_seconds(std::string_view& text) {
  auto const seconds = take_number(text, 2, 59);
  if (!seconds) return std::nullopt;
  Millis time = std::chrono::seconds{*seconds};
  if (!take(text, '.')) return time;
  auto digit = take_number(text, 1, 9);
  if (!digit) return std::nullopt;
  for (int unit = 100; digit; unit /= 10) {
    time += Millis{*digit * unit};
    digit = take_number(text, 1, 9);
  }
  return time;
}

// How far the local time is ahead of UTC.
std::optional<Millis> take_zone(std::string_view& text) {
  if (take(text, 'Z')) return Millis{0};
  if (take(text, '+')) return take_hours_and_minutes(text);
  if (!take(text, '-')) return std::nullopt;
  auto const behind = take_hours_and_minutes(text);
  return behind ? std::optional(-*behind) : std::nullopt;
}

std::optional<Timestamp> to_time(std::string_view text) {
  if (auto const ms = to_number(text); ms && *ms <= INT64_MAX) return from_epoch_ms(static_cast<std::int64_t>(*ms));
  auto const date = take_date(text);
  if (!date || text.empty()) return date;
  if (!take(text, 'T')) return std::nullopt;
  auto const minutes = take_hours_and_minutes(text);
  if (!minutes || !take(text, ':')) return std::nullopt;
  auto const seconds = take_seconds(text);
  if (!seconds) return std::nullopt;
  auto const zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return *date + *minutes + *seconds - *zone;
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
