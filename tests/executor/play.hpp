#pragma once

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "executor/scheduler.hpp"
#include "model/definition.hpp"

namespace runcast::testing {

inline std::shared_ptr<Plan const> plan_of(std::string const& definition) {
  return std::make_shared<Plan const>(
      std::make_shared<Workflow const>(parse_definition_text(definition, {.max_bytes = 8 << 20}).value()));
}

// A workflow of these steps, written with single quotes; `more` are further members, each followed by a comma.
inline std::shared_ptr<Plan const> plan_of_steps(std::string steps, std::string more = "") {
  auto text = fmt::format("{{'name':'w',{}'steps':[{}]}}", more, steps);
  std::replace(text.begin(), text.end(), '\'', '"');
  return plan_of(text);
}

inline RunId some_run() { return RunId::parse("01KAH0000000000000000000AB").value(); }

// All that a state says, as text.
inline std::string describe(RunState const& state) {
  std::string out = fmt::format("{} {} open={} running={} failed={} {};", to_string(state.status()), state.stopping(),
                                state.open(), state.running(), state.failed(), state.cleanup_is_over());
  for (StepIndex i = 0; i < state.size(); ++i) {
    auto const& step = state.step(i);
    out += fmt::format(" {}:{}/{} a{} i{} u{} t{} s{} b{} {}{}{}{}", state.id(i), static_cast<int>(step.phase),
                       to_string(step.status), step.attempt, step.interrupted, step.unmet, step.turn,
                       to_epoch_ms(step.started), step.blocked_by, step.ancestor_failed, step.stopping != nullptr,
                       step.outputs ? boost::json::serialize(*step.outputs) : "",
                       step.job ? fmt::format(" {} {}", to_string(step.job->status), step.job->worker) : "");
  }
  return out;
}

// A run without processes: it starts what may start at once, and the test says how attempts end.
class Play {
 public:
  explicit Play(std::shared_ptr<Plan const> plan, Scheduler::Limits limits = {})
      : plan(plan), limits(limits), scheduler(some_run(), plan, limits) {}

  Play& begin(Scheduler::Start start = {}) {
    return act([&](Decision& out) { scheduler.begin(std::move(start), now, out); });
  }
  Play& end(std::string const& id, AttemptResult result = {}) {
    return act([&](Decision& out) { scheduler.ended(index(id), std::move(result), now, out); });
  }
  Play& fail(std::string const& id) { return end(id, {.outcome = Outcome::failed, .exit_code = 1}); }
  Play& pass(Millis time) {
    now += time;
    return act([&](Decision& out) { scheduler.elapse(now, out); });
  }
  Play& cancel(std::string const& step = {}, std::string_view reason = stop_reason::requested) {
    return act([&](Decision& out) { scheduler.cancel(step, "ann", reason, now, out).value(); });
  }
  Play& approve(std::string const& step, bool approved) {
    return act(
        [&](Decision& out) { scheduler.decide_approval(step, approved, "ann", std::nullopt, now, out).value(); });
  }

  // The server dies, and another takes up what is stored.
  Play& restart() {
    scheduler = Scheduler(some_run(), plan, limits);
    for (auto const& event : log) scheduler.apply(event.payload, event.time);
    active.clear();
    return act([&](Decision& out) { scheduler.resume(now, out); });
  }

  template <class Do>
  Play& act(Do what) {
    Decision decision;
    what(decision);
    while (starting && scheduler.start_next(server_slot, now, decision)) {
    }
    started.clear();
    ended.clear();
    for (auto& payload : decision.events) {
      if (auto const* start = std::get_if<events::StepStart>(&payload)) started.push_back(start->step_id);
      if (auto const* end = std::get_if<events::StepComplete>(&payload)) ended.push_back(end->step_id);
      log.push_back({.run = some_run(),
                     .seq = log.size() + 1,
                     .id = log.size() + 1,
                     .time = now,
                     .type = static_cast<EventType>(payload.index()),
                     .payload = std::move(payload)});
    }
    for (auto const step : decision.start) active.insert(step);
    told_to_end.clear();
    for (auto const step : decision.end) told_to_end.push_back(scheduler.state().id(step));
    return *this;
  }

  StepIndex index(std::string const& id) const { return scheduler.state().find(id); }
  StepStatus status(std::string const& id) const { return scheduler.state().step(index(id)).status; }
  int attempt(std::string const& id) const { return scheduler.state().step(index(id)).attempt; }
  RunStatus run_status() const { return scheduler.state().status(); }
  template <class Payload>
  Payload const& last() const {
    for (auto event = log.rbegin(); event != log.rend(); ++event) {
      if (auto const* found = std::get_if<Payload>(&event->payload)) return *found;
    }
    throw std::logic_error("no such event");
  }

  std::shared_ptr<Plan const> plan;
  Scheduler::Limits limits;
  Scheduler scheduler;
  Timestamp now = from_epoch_ms(1'763'682'352'000);
  bool starting = true;
  bool server_slot = true;
  std::vector<Event> log;
  std::set<StepIndex> active;            // attempts that somebody works on
  std::vector<std::string> started;      // by the last act
  std::vector<std::string> ended;        // by the last act
  std::vector<std::string> told_to_end;  // by the last act
};

using Ids = std::vector<std::string>;

}  // namespace runcast::testing
