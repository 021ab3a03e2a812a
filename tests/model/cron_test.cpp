#include "model/cron.hpp"

#include <catch2/catch.hpp>

using namespace runcast;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

Timestamp utc(int y, unsigned m, unsigned d, int hour = 0, int minute = 0) {
  return sys_days{year{y} / m / d} + hours{hour} + minutes{minute};
}

std::string next(std::string_view cron, Timestamp after, std::string_view zone = "UTC") {
  auto const time = Cron::parse(cron)->next_after(*TimeZone::find(zone), after);
  return time ? iso8601(*time).substr(0, 16) : "never";
}

// The next `count` times, as UTC.
std::vector<std::string> times(std::string_view cron, Timestamp after, std::string_view zone, int count) {
  std::vector<std::string> out;
  auto const spec = *Cron::parse(cron);
  for (int i = 0; i < count; ++i) {
    after = *spec.next_after(*TimeZone::find(zone), after);
    out.push_back(iso8601(after).substr(0, 16));
  }
  return out;
}

}  // namespace

TEST_CASE("a time is the first one after, never the same one") {
  CHECK(next("0 5 * * *", utc(2025, 11, 20, 4, 59)) == "2025-11-20T05:00");
  CHECK(next("0 5 * * *", utc(2025, 11, 20, 5, 0)) == "2025-11-21T05:00");
  CHECK(next("0 5 * * *", utc(2025, 11, 20, 5, 0) - 1ms) == "2025-11-20T05:00");
  CHECK(next("* * * * *", utc(2025, 12, 31, 23, 59) + 1ms) == "2026-01-01T00:00");
}

TEST_CASE("fields take lists, ranges, steps and names") {
  CHECK(next("*/20 9-17 * * mon-fri", utc(2025, 11, 21, 17, 40)) == "2025-11-24T09:00");
  CHECK(next("5,10 0 1 jan,JUL *", utc(2025, 2, 1)) == "2025-07-01T00:05");
  CHECK(next("10/25 * * * *", utc(2025, 1, 1, 0, 10)) == "2025-01-01T00:35");
  CHECK(next("0-30/15 8 * * *", utc(2025, 1, 1, 8, 15)) == "2025-01-01T08:30");
  CHECK(next("0 0 * * 7", utc(2025, 11, 20)) == "2025-11-23T00:00");
  CHECK(next("0 0 * * 5-7", utc(2025, 11, 22)) == "2025-11-23T00:00");
}

TEST_CASE("shorthands mean their fields") {
  auto const now = utc(2025, 11, 20, 12, 30);
  CHECK(next("@hourly", now) == "2025-11-20T13:00");
  CHECK(next("@daily", now) == "2025-11-21T00:00");
  CHECK(next("@midnight", now) == "2025-11-21T00:00");
  CHECK(next("@weekly", now) == "2025-11-23T00:00");
  CHECK(next("@monthly", now) == "2025-12-01T00:00");
  CHECK(next("@yearly", now) == "2026-01-01T00:00");
  CHECK(next("@annually", now) == "2026-01-01T00:00");
}

TEST_CASE("where both days are limited either will do, where one is free both must") {
  CHECK(next("0 0 13 * fri", utc(2025, 11, 1)) == "2025-11-07T00:00");
  CHECK(next("0 0 13 * fri", utc(2025, 11, 7)) == "2025-11-13T00:00");
  CHECK(next("0 0 */2 * fri", utc(2025, 11, 8)) == "2025-11-21T00:00");
}

TEST_CASE("29 February is waited for, past a century without one") {
  CHECK(next("0 0 29 2 *", utc(2025, 1, 1)) == "2028-02-29T00:00");
  CHECK(next("0 0 29 2 *", utc(2096, 3, 1)) == "2104-02-29T00:00");
}

TEST_CASE("times are those of the zone") {
  CHECK(next("0 5 * * *", utc(2025, 11, 20), "Europe/Berlin") == "2025-11-20T04:00");
  CHECK(next("0 5 * * *", utc(2025, 7, 1), "Europe/Berlin") == "2025-07-01T03:00");
  CHECK(next("0 0 * * *", utc(2025, 7, 1), "Asia/Kolkata") == "2025-07-01T18:30");
}

TEST_CASE("a time that is skipped happens once, at the next moment that there is") {
  // Berlin, 30 March 2025: 02:00 to 03:00 was not; 03:00 began at 01:00 UTC.
  CHECK(times("30 2 * * *", utc(2025, 3, 29, 12), "Europe/Berlin", 2) ==
        std::vector<std::string>{"2025-03-30T01:00", "2025-03-31T00:30"});
  CHECK(times("0,30 2,3 * * *", utc(2025, 3, 29, 12), "Europe/Berlin", 3) ==
        std::vector<std::string>{"2025-03-30T01:00", "2025-03-30T01:30", "2025-03-31T00:00"});
}

TEST_CASE("a time that comes twice happens at the first") {
  // Berlin, 26 October 2025: 02:00 to 03:00 was at 00:00 and at 01:00 UTC.
  CHECK(times("30 2 * * *", utc(2025, 10, 25, 12), "Europe/Berlin", 2) ==
        std::vector<std::string>{"2025-10-26T00:30", "2025-10-27T01:30"});
  CHECK(next("30 2 * * *", utc(2025, 10, 26, 1, 0), "Europe/Berlin") == "2025-10-27T01:30");
}

TEST_CASE("with every hour in its field a schedule goes by elapsed time") {
  CHECK(times("*/30 * * * *", utc(2025, 10, 25, 23, 30), "Europe/Berlin", 6) ==
        std::vector<std::string>{"2025-10-26T00:00", "2025-10-26T00:30", "2025-10-26T01:00", "2025-10-26T01:30",
                                 "2025-10-26T02:00", "2025-10-26T02:30"});
  CHECK(times("30 * * * *", utc(2025, 3, 30, 0), "Europe/Berlin", 3) ==
        std::vector<std::string>{"2025-03-30T00:30", "2025-03-30T01:30", "2025-03-30T02:30"});
}

TEST_CASE("a whole day that a zone has skipped happens at its end") {
  // Samoa went from 29 to 31 December 2011 at midnight, 10:00 UTC.
  CHECK(next("0 12 30 12 *", utc(2011, 12, 1), "Pacific/Apia") == "2011-12-30T10:00");
}

TEST_CASE("an unknown zone is told") {
  CHECK(TimeZone::find("Europe/Berln").error().message == "there is no time zone 'Europe/Berln'");
  CHECK_FALSE(TimeZone::find("../../etc/passwd").has_value());
  CHECK_FALSE(TimeZone::find("").has_value());
}

TEST_CASE("what is no schedule is told with its place") {
  struct Case {
    std::string_view text;
    std::size_t position;
    std::string_view message;
  };
  auto const cases = std::vector<Case>{
      {"", 0, "expected the minute; there are five fields"},
      {"* * * *", 7, "expected the day of the week; there are five fields"},
      {"* * * * * *", 10, "expected the end; there are five fields"},
      {"60 * * * *", 0, "the minute is from 0 to 59"},
      {"* 24 * * *", 2, "the hour is from 0 to 23"},
      {"* * 0 * *", 4, "the day of the month is from 1 to 31"},
      {"* * * foo *", 6, "'foo' is no month"},
      {"* * * * 8", 8, "the day of the week is from 0 to 7"},
      {"5-1 * * * *", 0, "this range of the minute ends before it begins"},
      {"*/0 * * * *", 2, "a step is at least 1"},
      {"1, * * * *", 2, "expected a number for the minute"},
      {"1x * * * *", 1, "expected ',', '-', '/' or a space after the minute"},
      {"99999999999 * * * *", 0, "this number is too large"},
      {"* * 30,31 2 *", 4, "this day is in none of these months"},
      {"@reboot", 0, "expected @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually"},
  };
  for (auto const& [text, position, message] : cases) {
    CAPTURE(text);
    auto const cron = Cron::parse(text);
    REQUIRE_FALSE(cron.has_value());
    CHECK(cron.error().position == position);
    CHECK(cron.error().message == message);
  }
}
