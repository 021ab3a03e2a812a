#include "model/schedule.hpp"

#include <catch2/catch.hpp>

using namespace runcast;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

using Missed = ScheduleTrigger::Missed;

Timestamp utc(int y, unsigned m, unsigned d, int hour = 0, int minute = 0) {
  return sys_days{year{y} / m / d} + hours{hour} + minutes{minute};
}

std::vector<std::string> starts(std::string_view cron, Missed missed, Timestamp after, Timestamp now,
                                std::string_view zone = "UTC") {
  ScheduleTrigger const trigger{*Cron::parse(cron), std::string(zone), missed, {}, std::string(cron)};
  std::vector<std::string> out;
  for (auto const time : due_starts(trigger, *TimeZone::find(zone), after, now)) {
    out.push_back(iso8601(time).substr(0, 16));
  }
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a time that has come starts a run, whatever is done with missed ones") {
  for (auto const missed : {Missed::skip, Missed::once, Missed::all}) {
    CHECK(starts("0 5 * * *", missed, utc(2025, 11, 20, 4), utc(2025, 11, 20, 5)) == Texts{"2025-11-20T05:00"});
    CHECK(starts("0 5 * * *", missed, utc(2025, 11, 20, 4), utc(2025, 11, 20, 5) + 59s) == Texts{"2025-11-20T05:00"});
    CHECK(starts("0 5 * * *", missed, utc(2025, 11, 20, 4), utc(2025, 11, 20, 5) - 1ms).empty());
    CHECK(starts("0 5 * * *", missed, utc(2025, 11, 20, 5), utc(2025, 11, 20, 5) + 30s).empty());
  }
}

TEST_CASE("missed times are passed over, start one run, or one each") {
  auto const down = utc(2025, 11, 17, 12);
  auto const up = utc(2025, 11, 20, 12);
  CHECK(starts("0 5 * * *", Missed::skip, down, up).empty());
  CHECK(starts("0 5 * * *", Missed::once, down, up) == Texts{"2025-11-20T05:00"});
  CHECK(starts("0 5 * * *", Missed::all, down, up) ==
        Texts{"2025-11-18T05:00", "2025-11-19T05:00", "2025-11-20T05:00"});
}

TEST_CASE("a server that comes back just in time starts the punctual run beside the missed one") {
  CHECK(starts("0 5 * * *", Missed::once, utc(2025, 11, 17), utc(2025, 11, 20, 5) + 10s) ==
        Texts{"2025-11-19T05:00", "2025-11-20T05:00"});
}

TEST_CASE("a long outage starts a bounded number of runs, the newest") {
  auto const all = starts("* * * * *", Missed::all, utc(2024, 1, 1), utc(2025, 1, 1) + 30s);
  REQUIRE(all.size() == max_missed_starts + 1);
  CHECK(all.back() == "2025-01-01T00:00");
  CHECK(all.front() == "2024-12-31T22:20");
  CHECK(starts("0 0 29 2 *", Missed::once, utc(2016, 3, 1), utc(2025, 6, 1)) == Texts{"2024-02-29T00:00"});
}

TEST_CASE("the last time of a line is found across changes of the clocks") {
  auto const zone = *TimeZone::find("Europe/Berlin");
  auto const at = *Cron::parse("30 2 * * *");
  // 30 March 2025 has no 02:30 in Berlin: it happens at 03:00, 01:00 UTC. 26 October has two of them, the first counts.
  CHECK(last_time(at, zone, utc(2025, 3, 29, 12), utc(2025, 3, 30, 12)) == utc(2025, 3, 30, 1));
  CHECK(last_time(at, zone, utc(2025, 10, 25, 12), utc(2025, 10, 26, 12)) == utc(2025, 10, 26, 0, 30));
  CHECK(last_time(at, zone, utc(2025, 10, 26, 0, 30), utc(2025, 10, 26, 12)) == std::nullopt);
}

TEST_CASE("the last time is the one that counting forward ends at") {
  auto const zone = *TimeZone::find("Europe/Berlin");
  for (auto const* line : {"*/7 3-9 * * 1-5", "0 0 1 * *", "15 2 * 3,10 *", "0 */5 * * *"}) {
    auto const cron = *Cron::parse(line);
    auto const from = utc(2025, 3, 1);
    for (auto const until : {utc(2025, 3, 30, 1), utc(2025, 3, 30, 3, 17), utc(2025, 4, 2), utc(2025, 10, 26, 1, 1)}) {
      std::optional<Timestamp> counted;
      for (auto t = cron.next_after(zone, from); t && *t <= until; t = cron.next_after(zone, *t)) counted = t;
      CHECK(last_time(cron, zone, from, until) == counted);
    }
  }
}
