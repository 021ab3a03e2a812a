#include <malloc.h>

#include <chrono>
#include <deque>

#include <catch2/catch.hpp>

#include "tests/executor/play.hpp"

using namespace runcast;
using namespace runcast::testing;

// What the rules cost by themselves, at sizes that tell whether the cost of a step grows: ./scheduler_tests '[bench]'
namespace {

using Clock = std::chrono::steady_clock;

std::string steps(std::size_t count, auto needs_of) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format("{}{{'id':'s{}','run':['true']{}}}", i == 0 ? "" : ",", i, needs_of(i));
  }
  return text;
}

void play_through(std::string const& name, std::shared_ptr<Plan const> const& plan) {
  auto const before = mallinfo2().uordblks;
  Scheduler scheduler(some_run(), plan);
  Decision out;
  auto const now = from_epoch_ms(0);
  auto const begin = Clock::now();
  scheduler.begin({}, now, out);
  auto const waiting = mallinfo2().uordblks - before;
  std::size_t events = out.events.size();
  std::deque<StepIndex> running;
  while (scheduler.state().status() == RunStatus::running) {
    out = {};
    while (scheduler.start_next(true, now, out)) {
    }
    running.insert(running.end(), out.start.begin(), out.start.end());
    auto const step = running.front();
    running.pop_front();
    scheduler.ended(step, {}, now, out);
    events += out.events.size();
  }
  auto const took = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
  auto const count = static_cast<double>(plan->size());
  fmt::print("{:<20} {:>6} steps {:>7.2f} us a step {:>6.0f} bytes a waiting step, {} events\n", name, plan->size(),
             took / count, static_cast<double>(waiting) / count, events);
}

}  // namespace

TEST_CASE("what a step costs the scheduler", "[.bench]") {
  for (std::size_t const count : {1'000, 10'000}) {
    auto const chain = [](std::size_t i) { return i == 0 ? std::string() : fmt::format(",'needs':['s{}']", i - 1); };
    auto const lattice = [](std::size_t i) {
      if (i < 10) return std::string();
      std::string needs;
      for (std::size_t k = 0; k < 10; ++k) needs += fmt::format("{}'s{}'", k == 0 ? "" : ",", i / 10 * 10 - 10 + k);
      return fmt::format(",'needs':[{}]", needs);
    };
    play_through("side by side", plan_of_steps(steps(count, [](std::size_t) { return std::string(); })));
    play_through("side by side, 8",
                 plan_of_steps(steps(count, [](std::size_t) { return std::string(); }), "'maxParallel':8,"));
    play_through("chain", plan_of_steps(steps(count, chain)));
    play_through("lattice, 10 wide", plan_of_steps(steps(count, lattice)));
    play_through("lattice by layers", plan_of_steps(steps(count, lattice), "'schedule':'layers',"));
  }
}
