#include "executor/replay.hpp"

#include <deque>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

namespace runcast {
namespace {

std::string show(EventPayload const& payload) {
  return fmt::format("{} {}", to_string(static_cast<EventType>(payload.index())),
                     boost::json::serialize(to_json(payload)));
}

bool is_decided(Event const& event) {
  return event.type != EventType::step_log && event.type != EventType::step_progress && event.type != EventType::other;
}

class Replay {
 public:
  Replay(RunId run, std::shared_ptr<Plan const> plan, std::span<Event const> log, Scheduler::Limits limits)
      : scheduler_(run, std::move(plan), limits), log_(log) {}

  std::optional<Difference> run() {
    for (; position_ < log_.size(); ++position_) {
      auto const& event = log_[position_];
      if (!is_decided(event)) continue;
      if (expected_.empty()) happen(event);
      auto const decided = expected_.empty() ? std::string() : show(expected_.front());
      auto logged = show(event.payload);
      if (decided != logged) return Difference{event.seq, decided, std::move(logged)};
      expected_.pop_front();
    }
    if (expected_.empty()) return std::nullopt;
    return Difference{log_.empty() ? 1 : log_.back().seq + 1, show(expected_.front()), {}};
  }

 private:
  void happen(Event const& event) {
    Decision decision;
    std::visit([&](auto const& payload) { happen(payload, event.time, decision); }, event.payload);
    for (auto& decided : decision.events) expected_.push_back(std::move(decided));
  }

  void happen(events::RunStart const& event, Timestamp at, Decision& out) {
    scheduler_.begin({event.inputs, event.version, event.started_by, kept()}, at, out);
  }

  // Steps that an earlier run has done stand right behind the start.
  Scheduler::Kept kept() const {
    Scheduler::Kept found;
    for (auto i = position_ + 1; i < log_.size(); ++i) {
      auto const* end = std::get_if<events::StepComplete>(&log_[i].payload);
      if (!end || end->attempt != 0 || end->status != StepStatus::succeeded) break;
      found.emplace(end->step_id, end->outputs);
    }
    return found;
  }

  void happen(events::StepStart const& event, Timestamp at, Decision& out) {
    // Whether the server had room for a command at that moment is not in the log.
    for (bool const server_slot : {true, false}) {
      auto const next = scheduler_.next(server_slot, at);
      if (next == no_step || scheduler_.state().id(next) != event.step_id) continue;
      scheduler_.start_next(server_slot, at, out);
      return;
    }
  }

  void happen(events::StepRetry const& event, Timestamp at, Decision& out) {
    auto const outcome = event.reason == "interrupted" ? Outcome::interrupted
                         : event.reason == "timeout"   ? Outcome::timed_out
                                                       : Outcome::failed;
    AttemptResult result{.outcome = outcome, .exit_code = {}, .signal = {}, .error = event.error, .outputs = {}};
    end(event.step_id, std::move(result), at, out);
  }

  void happen(events::StepComplete const& event, Timestamp at, Decision& out) {
    AttemptResult result{outcome_of(event), event.exit_code, event.signal, event.error, event.outputs};
    // Why a job was not tried again is the worker's business, or that of how often it was lost; the error says it.
    if (event.job && event.status == StepStatus::failed) {
      result.outcome = Outcome::failed;
      result.retryable = false;
    }
    end(event.step_id, std::move(result), at, out);
  }

  void end(std::string const& id, AttemptResult result, Timestamp at, Decision& out) {
    auto const step = scheduler_.state().find(id);
    if (step == no_step) return;
    auto const kind = scheduler_.state().definition(step).kind();
    if (kind == StepKind::delay || kind == StepKind::approval) {
      scheduler_.elapse(at, out);
    } else {
      scheduler_.ended(step, std::move(result), at, out);
    }
  }

  // A failure that would have been tried again, had it been the command's own, was the server's.
  Outcome outcome_of(events::StepComplete const& event) const {
    if (event.status == StepStatus::succeeded) return Outcome::succeeded;
    if (event.status == StepStatus::cancelled) return Outcome::cancelled;
    auto const index = scheduler_.state().find(event.step_id);
    if (index == no_step) return Outcome::failed;
    auto const& step = scheduler_.state().step(index);
    auto const& retry = scheduler_.state().definition(index).retry;
    return step.attempt - step.interrupted < retry.max_attempts ? Outcome::interrupted : Outcome::failed;
  }

  void happen(events::CancelRequested const& event, Timestamp at, Decision& out) {
    if (event.reason == stop_reason::timeout || event.reason == stop_reason::cleanup) {
      scheduler_.elapse(at, out);
    } else {
      static_cast<void>(scheduler_.cancel(event.step_id.value_or(""), event.by, event.reason, at, out));
    }
  }

  void happen(events::ApprovalDecided const& event, Timestamp at, Decision& out) {
    // A decision that cannot be made leaves nothing to compare with, which is the difference.
    static_cast<void>(scheduler_.decide_approval(event.step_id, event.approved, event.by, event.comment, at, out));
  }

  void happen(events::ChildStarted const& event, Timestamp at, Decision& out) {
    auto const step = scheduler_.state().find(event.step_id);
    auto const child = RunId::parse(event.child_run_id);
    if (step != no_step && child) scheduler_.child_started(step, *child, at, out);
  }

  void happen(events::JobAssigned const& event, Timestamp at, Decision& out) {
    auto const step = scheduler_.state().find(event.step_id);
    if (step != no_step && scheduler_.state().step(step).job) {
      scheduler_.job_assigned(step, event.worker_id, event.machine_id, at, out);
    }
  }

  void happen(events::JobStarted const& event, Timestamp at, Decision& out) {
    auto const step = scheduler_.state().find(event.step_id);
    if (step != no_step && scheduler_.state().step(step).job) scheduler_.job_started(step, at, out);
  }

  // The others only ever follow from these.
  void happen(auto const&, Timestamp, Decision&) {}

  Scheduler scheduler_;
  std::span<Event const> log_;
  std::size_t position_ = 0;
  std::deque<EventPayload> expected_;  // decided, and applied, but not yet met in the log
};

}  // namespace

std::optional<Difference> replay(RunId run, std::shared_ptr<Plan const> plan, std::span<Event const> log,
                                 Scheduler::Limits limits) {
  return Replay(run, std::move(plan), log, limits).run();
}

}  // namespace runcast
