#include "base/duration.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace runcast {
namespace {

constexpr Millis longest = std::chrono::years{10};

std::int64_t unit_in_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1'000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  if (unit == "d") return 86'400'000;
  return 0;
}

// `5`, `1.5`: digits, and then perhaps a point with digits on both sides. How many characters; 0 if it is none.
std::size_t number_size(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  auto const whole = std::min(text.find_first_not_of(digits), text.size());
  if (whole == 0 || whole == text.size() || text[whole] != '.') return whole;
  auto const end = std::min(text.find_first_not_of(digits, whole + 1), text.size());
  return end == whole + 1 ? 0 : end;
}

std::string two_parts(std::int64_t big, std::string_view big_unit, std::int64_t small, std::string_view small_unit) {
  if (small == 0) return fmt::format("{}{}", big, big_unit);
  return fmt::format("{}{} {}{}", big, big_unit, small, small_unit);
}

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  constexpr auto what_it_is = "a duration is a number with ms, s, m, h or d, such as 250ms, 5s or 1.5h";
  auto const size = number_size(text);
  if (size == 0) return fail(Errc::invalid, what_it_is);
  auto const number = text.substr(0, size);
  auto const unit = text.substr(size);
  bool const whole_seconds = unit.empty() && number.find('.') == number.npos;
  auto const factor = whole_seconds ? 1'000 : unit_in_ms(unit);
  if (factor == 0) return fail(Errc::invalid, what_it_is);

  double value = 0;
  auto const [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), value, std::chars_format::fixed);
  double const ms = value * static_cast<double>(factor);
  if (error != std::errc{} || ms > static_cast<double>(longest.count())) {
    return fail(Errc::invalid, "a duration is at most 10 years");
  }
  return Millis{std::llround(ms)};
}

std::string format_duration(Millis duration) {
  auto const ms = duration.count();
  if (ms < 1'000) return fmt::format("{}ms", ms);
  if (ms < 60'000)
    return ms % 1'000 < 100 ? fmt::format("{}s", ms / 1'000) : fmt::format("{}.{}s", ms / 1'000, ms % 1'000 / 100);
  auto const seconds = ms / 1'000;
  if (seconds < 3'600) return two_parts(seconds / 60, "m", seconds % 60, "s");
  auto const minutes = seconds / 60;
  if (minutes < 24 * 60) return two_parts(minutes / 60, "h", minutes % 60, "m");
  auto const hours = minutes / 60;
  return two_parts(hours / 24, "d", hours % 24, "h");
}

}  // namespace runcast
