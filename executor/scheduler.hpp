#pragma once

#include <map>
#include <vector>

#include "executor/attempt_result.hpp"
#include "executor/run_state.hpp"

namespace runcast {

// What was decided: events for the log, in this order, and what to do once they are stored.
struct Decision {
  std::vector<EventPayload> events;
  std::vector<StepIndex> start;  // an attempt of each: a command, a request, a job, a child run
  std::vector<StepIndex> end;    // their attempts; the results are still waited for

  bool empty() const { return events.empty() && start.empty() && end.empty(); }
};

// The rules of one run. It is told what has happened, and answers with a Decision; its state changes only by applying
// the events of its decisions, so a log that is folded with apply() brings back exactly the scheduler that wrote it,
// and makes the same decisions. Pure: time comes in as an argument (never going back), and chance is drawn from the
// run's id. One thread at a time.
//
// - A step is decided on when all that it needs has ended, and in a run by layers when the layers above have. With
//   continueOnError a failed step counts as one that succeeded, for its dependents and for the run.
// - A stop of the run ends what runs and cancels what waits, in its turn, except for steps with `if: always`: those go
//   on, and those whose turn comes still run, within `cleanup` from the stop on. Stopping twice is stopping once.
// - The run has `failed` if its time was up, or else is `cancelled` if it was stopped; otherwise it has failed if a
//   step has, is cancelled if a step was, and has succeeded if neither.
class Scheduler {
 public:
  struct Limits {
    std::size_t instances = 10'000;  // of matrix steps, in one run
    int job_losses = 10;             // how often workers may lose one job before it fails
    Millis cleanup = std::chrono::minutes(5);
  };
  // The outputs of steps that an earlier run has done and this one does not repeat, by id.
  using Kept = std::map<std::string, std::optional<boost::json::object>>;
  struct Start {
    boost::json::object inputs = {};
    int version = 1;
    std::string started_by = {};
    Kept kept = {};
  };

  Scheduler(RunId run, std::shared_ptr<Plan const> plan) : Scheduler(run, std::move(plan), Limits()) {}
  Scheduler(RunId run, std::shared_ptr<Plan const> plan, Limits limits)
      : state_(run, std::move(plan)), limits_(limits) {}

  RunState const& state() const { return state_; }

  // Takes in an event that is in the log already.
  void apply(EventPayload const& payload, Timestamp at) { state_.apply(payload, at); }

  // The first decision of a run.
  void begin(Start start, Timestamp now, Decision& out);
  // The first decision after the log was folded, and whatever did the work is gone: attempts that were under way count
  // as interrupted, children and jobs are taken up again.
  void resume(Timestamp now, Decision& out);

  // Starts the step whose turn it is. False: none may start now. `server_slot` tells whether the server has room for a
  // command; see claim_of() for who takes it.
  bool start_next(bool server_slot, Timestamp now, Decision& out);
  // The step that start_next() would start, or no_step.
  StepIndex next(bool server_slot, Timestamp now);

  // The newest attempt of a running step has ended.
  void ended(StepIndex step, AttemptResult result, Timestamp now, Decision& out);
  // The step's child run exists.
  void child_started(StepIndex step, RunId child, Timestamp now, Decision& out);
  // What has become of the step's job, whose attempt is under way: a worker has it; it has begun.
  void job_assigned(StepIndex step, std::string worker, std::string machine, Timestamp now, Decision& out);
  void job_started(StepIndex step, Timestamp now, Decision& out);
  // Whether this attempt's job is still to be done.
  bool has_job(StepIndex step, int attempt) const;
  // Does what is due by `now`: delays, retries, time limits. To be called when next_due() has come.
  void elapse(Timestamp now, Decision& out);
  std::optional<Timestamp> next_due();

  // Stops the run (`step` empty), or one step of it; nothing happens where that has ended or is being stopped.
  // not_found: no such step.
  Result<void> cancel(std::string_view step, std::string_view by, std::string_view reason, Timestamp now,
                      Decision& out);
  // not_found: no such step; conflict: it does not wait for a decision.
  Result<void> decide_approval(std::string_view step, bool approved, std::string_view by,
                               std::optional<std::string> comment, Timestamp now, Decision& out);

 private:
  void emit(EventPayload payload, Timestamp now, Decision& out);
  void settle(Timestamp now, Decision& out);
  void expand_matrix(StepIndex step, Timestamp now, Decision& out);
  void end_stopped(StepIndex first, StepIndex last, Timestamp now, Decision& out);
  void resume_step(StepIndex step, Timestamp now, Decision& out);
  void finish(Timestamp now, Decision& out);
  void complete(StepIndex step, StepStatus status, AttemptResult result, Timestamp now, Decision& out);
  void submit_job(StepIndex step, Timestamp now, Decision& out);
  bool tries_again(StepIndex step, AttemptResult const& result, Millis& delay) const;
  void end_attempt(StepIndex step, AttemptResult result, Timestamp now, Decision& out);
  void elapse_one(StepIndex step, Timestamp now, Decision& out);
  std::optional<events::JobMark> mark_of(StepIndex step) const;
  std::optional<Timestamp> run_deadline() const;

  RunState state_;
  Limits limits_;
};

}  // namespace runcast
