// What the rules cost by themselves, at sizes that tell how the cost of a step grows: nothing is stored or started.
// Prints a JSON array.
#include <malloc.h>

#include <chrono>
#include <deque>

#include <fmt/format.h>

#include "executor/scheduler.hpp"
#include "model/definition.hpp"

namespace {

using namespace runcast;

std::string alone(std::size_t) { return {}; }

std::string chained(std::size_t step) { return step == 0 ? std::string() : fmt::format(R"("s{}")", step - 1); }

std::string latticed(std::size_t step) {
  std::string needs;
  for (std::size_t i = 0; step >= 10 && i < 10; ++i) {
    needs += fmt::format(R"({}"s{}")", i == 0 ? "" : ",", step / 10 * 10 - 10 + i);
  }
  return needs;
}

struct Shape {
  char const* name;
  std::string (*needs)(std::size_t step);
  char const* settings;
};

constexpr Shape shapes[] = {
    {"independent", alone, ""}, {"independent, two at a time", alone, R"("maxParallel":2,)"}, {"chain", chained, ""},
    {"lattice", latticed, ""},  {"lattice by layers", latticed, R"("schedule":"layers",)"},
};

std::shared_ptr<Plan const> plan_of(Shape const& shape, std::size_t count) {
  auto text = fmt::format(R"({{"name":"bench",{}"steps":[)", shape.settings);
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format(R"({}{{"id":"s{}","run":["true"],"needs":[{}]}})", i == 0 ? "" : ",", i, shape.needs(i));
  }
  return make_plan(parse_definition_text(text + "]}", {.max_bytes = 8 << 20}).value());
}

struct Cost {
  double us_a_step;
  double bytes_a_step;  // of the heap, while all of the run's steps wait, beside the plan that runs share
};

Cost play_through(std::shared_ptr<Plan const> const& plan) {
  auto const count = static_cast<double>(plan->size());
  auto const heap = mallinfo2().uordblks;
  auto const began = std::chrono::steady_clock::now();
  Scheduler scheduler(RunId::parse("01KAH0000000000000000000AB").value(), plan);
  Timestamp const now = from_epoch_ms(0);
  Decision out;
  scheduler.begin({}, now, out);
  out = {};
  auto const waiting = mallinfo2().uordblks - heap;
  std::deque<StepIndex> running;
  while (scheduler.state().status() == RunStatus::running) {
    while (scheduler.start_next(true, now, out)) continue;
    running.insert(running.end(), out.start.begin(), out.start.end());
    out = {};
    scheduler.ended(running.front(), {}, now, out);
    running.pop_front();
  }
  auto const took = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
  return {took / count, static_cast<double>(waiting) / count};
}

}  // namespace

int main() {
  char const* separator = "[";
  for (auto const& shape : shapes) {
    for (std::size_t const count : {100, 1'000, 10'000}) {
      auto const plan = plan_of(shape, count);
      Cost best = play_through(plan);
      for (int i = 0; i < 4; ++i) {
        auto const again = play_through(plan);
        if (again.us_a_step < best.us_a_step) best = again;
      }
      fmt::print(R"({}{{"shape":"{}","steps":{},"us_a_step":{:.2f},"bytes_a_step":{:.0f}}})"
                 "\n",
                 separator, shape.name, count, best.us_a_step, best.bytes_a_step);
      separator = ",";
    }
  }
  fmt::print("]\n");
}
