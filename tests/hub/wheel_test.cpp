#include <catch2/catch.hpp>

#include "hub/wheel.hpp"

using namespace runcast;
using namespace std::chrono_literals;

namespace {

using Time = std::chrono::steady_clock::time_point;
constexpr Time start{1000s};

struct Sleeper : WheelHook, std::enable_shared_from_this<Sleeper> {
  Time tick(Time now) {
    ticks.push_back(now);
    return now + period;
  }

  Time next_tick{};
  std::chrono::milliseconds period{1h};
  std::vector<Time> ticks;
};

// Turns it by quarter seconds, as a shard does.
void turn(Wheel<Sleeper>& wheel, Time from, Time to) {
  for (auto now = from; now <= to; now += 250ms) wheel.turn(now);
}

}  // namespace

TEST_CASE("a wheel ticks each when it is due, and not earlier") {
  Wheel<Sleeper> wheel(start);
  std::vector<std::shared_ptr<Sleeper>> sleepers;
  for (int i = 0; i < 100; ++i) {
    sleepers.push_back(std::make_shared<Sleeper>());
    wheel.add(*sleepers.back(), start + i * 777ms);
  }
  turn(wheel, start, start + 80s);
  for (int i = 0; i < 100; ++i) {
    auto const& ticks = sleepers[static_cast<std::size_t>(i)]->ticks;
    REQUIRE(ticks.size() == 1);
    CHECK(ticks[0] >= start + i * 777ms);
    CHECK(ticks[0] <= start + i * 777ms + 500ms);
  }
}

TEST_CASE("a wheel takes the next time from the tick") {
  Wheel<Sleeper> wheel(start);
  auto const sleeper = std::make_shared<Sleeper>();
  sleeper->period = 2s;
  wheel.add(*sleeper, start + 1s);
  turn(wheel, start, start + 21s);
  CHECK(sleeper->ticks.size() >= 9);
  CHECK(sleeper->ticks.size() <= 11);
}

TEST_CASE("only the newest time counts") {
  Wheel<Sleeper> wheel(start);
  auto const sleeper = std::make_shared<Sleeper>();
  wheel.add(*sleeper, start + 10s);
  wheel.add(*sleeper, start + 2s);
  turn(wheel, start, start + 30s);
  REQUIRE(sleeper->ticks.size() == 1);
  CHECK(sleeper->ticks[0] < start + 3s);
}

TEST_CASE("times beyond the wheel's round are kept") {
  Wheel<Sleeper> wheel(start);
  auto const sleeper = std::make_shared<Sleeper>();
  wheel.add(*sleeper, start + 200s);
  turn(wheel, start, start + 199s);
  CHECK(sleeper->ticks.empty());
  turn(wheel, start + 199s, start + 201s);
  CHECK(sleeper->ticks.size() == 1);
}

TEST_CASE("a wheel that was not turned for long catches up") {
  Wheel<Sleeper> wheel(start);
  auto const sleeper = std::make_shared<Sleeper>();
  wheel.add(*sleeper, start + 5s);
  wheel.turn(start + 500s);
  CHECK(sleeper->ticks == std::vector<Time>{start + 500s});
}

TEST_CASE("who is gone is not ticked") {
  Wheel<Sleeper> wheel(start);
  wheel.add(*std::make_shared<Sleeper>(), start + 1s);
  turn(wheel, start, start + 3s);
}
