#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.hpp"

using namespace runcast;
using namespace std::chrono_literals;

TEST_CASE("a duration is a number with a unit, or a bare count of seconds") {
  std::vector<std::pair<std::string, Millis>> const durations{
      {"0", 0ms},
      {"0ms", 0ms},
      {"250ms", 250ms},
      {"5", 5s},
      {"5s", 5s},
      {"10m", 10min},
      {"1h", 1h},
      {"2d", 48h},
      {"1.5s", 1500ms},
      {"1.5m", 90s},
      {"0.25h", 15min},
      {"1.1s", 1100ms},
      {"007s", 7s},
      {"86400", 24h},
      {"3650d", 24h * 3650},
      {"0.5d", 12h},
      {"2.0s", 2s},
      {"0.1234567891s", 123ms},
      {"315360000000ms", 24h * 3650},
  };
  for (auto const& [text, expected] : durations) {
    INFO(text);
    auto const parsed = parse_duration(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == expected);
  }
}

TEST_CASE("anything else is no duration") {
  std::vector<std::string> const faulty{
      "",     " ",     "s",   "ms",    "-1s",  "+1s",  "1 s",        " 1s",  "1s ",
      "1.5",  "1.s",   ".5s", "1..5s", "1,5s", "1e3s", "0x10s",      "5S",   "5sec",
      "5ms5", "1h30m", "inf", "nan",   "infs", "1w",   "5\xC2\xB5s", "1s\n", std::string("5\0s", 3),
  };
  for (auto const& text : faulty) {
    INFO(text);
    auto const parsed = parse_duration(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().code == Errc::invalid);
  }
}

TEST_CASE("a duration is at most ten years, however many digits it has") {
  CHECK(parse_duration("3652d").has_value());
  for (std::string const text : {"3660d", "315569520001ms", "99999999999999999999d"}) {
    INFO(text);
    REQUIRE(parse_duration(text).has_error());
    CHECK(parse_duration(text).error().message == "a duration is at most 10 years");
  }
  CHECK(parse_duration(std::string(100'000, '9') + "s").has_error());
}

TEST_CASE("a duration is shown with its two largest units") {
  std::vector<std::pair<Millis, std::string>> const shown{
      {0ms, "0ms"},   {250ms, "250ms"},     {999ms, "999ms"}, {1s, "1s"},      {1500ms, "1.5s"},
      {1099ms, "1s"}, {59'999ms, "59.9s"},  {1min, "1m"},     {125s, "2m 5s"}, {1h - 1ms, "59m 59s"},
      {1h, "1h"},     {1h + 3min, "1h 3m"}, {24h, "1d"},      {52h, "2d 4h"},  {24h * 400, "400d"},
  };
  for (auto const& [duration, expected] : shown) CHECK(format_duration(duration) == expected);
}
