#include "bench/common/schedule.hpp"

#include <catch2/catch.hpp>

namespace runcast::bench {
namespace {

constexpr std::int64_t start = 1'000'000'000'000;
constexpr std::int64_t second = 1'000'000'000;

Schedule started(PeerOptions const& options) {
  Schedule schedule(options);
  schedule.start(start);
  return schedule;
}

}  // namespace

TEST_CASE("nothing is due before the start, nor ever while idle") {
  PeerOptions options;
  CHECK(Schedule(options).due(start) == 0);
  options.mode = Mode::idle;
  CHECK(started(options).due(start + second) == 0);
  CHECK_FALSE(started(options).finished(0, start + 1000 * second));
}

TEST_CASE("at a rate an event is due when its time has come, and bears that time however late it is made") {
  PeerOptions options;
  options.mode = Mode::rate;
  options.rate = 1000;
  options.seconds = 2;
  Schedule const schedule = started(options);
  CHECK(schedule.due(start) == 0);
  CHECK(schedule.due(start + second / 2) == 500);
  CHECK(schedule.due(start + 5 * second) == 2000);
  CHECK(schedule.due_time(0, start + 5 * second) == start + second / 1000);
  CHECK_FALSE(schedule.finished(1999, start + 5 * second));
  CHECK(schedule.finished(2000, start + 5 * second));
}

TEST_CASE("a burst is due at once, all of it") {
  PeerOptions options;
  options.mode = Mode::burst;
  options.messages = 10;
  CHECK(started(options).due(start) == 10);
  CHECK(started(options).finished(10, start));
}

TEST_CASE("saturated, there is always an event due until the time is up") {
  PeerOptions options;
  options.mode = Mode::saturated;
  options.seconds = 2;
  CHECK(started(options).due(start + second) == Schedule::unbounded);
  CHECK(started(options).due(start + 2 * second) == 0);
  CHECK(started(options).finished(5, start + 2 * second));
}

}  // namespace runcast::bench
