#include "executor/job_attempt.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "executor/step_context.hpp"
#include "model/json_text.hpp"
#include "model/template.hpp"
#include "queue/job_table.hpp"
#include "queue/queue.hpp"

namespace runcast {
namespace {

Error over() { return fail(Errc::conflict, "the job is over"); }

std::string why(Attempt::Ending ending) {
  return ending == Attempt::Ending::timed_out ? "its time is up" : "it was cancelled";
}

bool is_of_job(EventPayload const& event) {
  if (auto const* retry = std::get_if<events::StepRetry>(&event)) return retry->job.has_value();
  if (auto const* end = std::get_if<events::StepComplete>(&event)) return end->job.has_value();
  return std::holds_alternative<events::JobSubmitted>(event) || std::holds_alternative<events::JobAssigned>(event) ||
         std::holds_alternative<events::JobStarted>(event);
}

JobSpec spec_without_payload(RunState const& state, StepIndex step) {
  auto const& definition = state.definition(step);
  auto const& action = std::get<JobAction>(definition.action);
  auto const& job = state.step(step).job;
  return {.key = state.job_key(step),
          .id = job_id(state.job_key(step), is_lone_job(state.plan().workflow())),
          .type = action.type,
          .name = definition.name,
          .priority = action.priority,
          .requirements = action.requirements,
          .payload = "null",
          .submitted = job ? job->submitted : Timestamp{}};
}

}  // namespace

JobOrder job_order(RunState const& state, StepIndex step) {
  auto spec = std::make_shared<JobSpec>(spec_without_payload(state, step));
  auto const& action = std::get<JobAction>(state.definition(step).action);
  auto const payload = render(action.payload, StepContext(state, step));
  if (payload) spec->payload = to_json_text(*payload);
  return {.spec = std::move(spec), .fault = payload ? std::optional<Error>() : payload.error(), .reservation = nullptr};
}

WriteOp job_rows(RunState const& state, JobOrders const& orders, std::vector<EventPayload> const& events,
                 Timestamp now) {
  std::vector<std::shared_ptr<JobSpec const>> added;
  std::vector<EventPayload> changes;
  for (auto const& event : events) {
    if (!is_of_job(event)) continue;
    changes.push_back(event);
    auto const* submitted = std::get_if<events::JobSubmitted>(&event);
    if (submitted && !submitted->job.was) added.push_back(orders.at(state.find(submitted->step_id)).spec);
  }
  if (changes.empty()) return {};
  return [run = state.run(), added = std::move(added), changes = std::move(changes), now](WriteTx& tx) -> Result<void> {
    for (auto const& job : added) {
      if (auto done = job_table::insert(tx.connection(), *job); !done) return done;
    }
    for (auto const& event : changes) {
      if (auto done = job_table::apply(tx.connection(), run, event, now); !done) return done;
    }
    return {};
  };
}

JobAttempt::JobAttempt(Services const& services, ActiveRun& run, std::shared_ptr<Attempt> attempt)
    : services_(services), run_(&run), attempt_(std::move(attempt)), limit_(services.thread) {}

JobKey JobAttempt::key() const { return run_->state().job_key(attempt_->step); }

void JobAttempt::begin(JobOrder order) {
  attempt_->end_now = [weak = weak_from_this()] {
    if (auto const self = weak.lock()) self->stop();
  };
  if (order.fault) {
    run_->attempt_ended(*attempt_, {.outcome = Outcome::failed, .error = order.fault->message, .retryable = false});
    return;
  }
  limit_time();
  auto const& job = *run_->state().step(attempt_->step).job;
  services_.queue.offer(std::move(order.spec), static_cast<std::uint64_t>(attempt_->number), shared_from_this(),
                        {job.worker, job.status == JobStatus::active}, std::move(order.reservation));
}

// Its time counts from the attempt's start, the wait for a worker included, and goes on through a restart.
void JobAttempt::limit_time() {
  auto const& state = run_->state();
  auto const timeout = state.definition(attempt_->step).timeout;
  if (!timeout) return;
  limit_.expires_after(state.step(attempt_->step).started + *timeout - system_time());
  limit_.async_wait([attempt = std::weak_ptr(attempt_)](sys::error_code error) {
    auto const still = attempt.lock();
    if (!error && still) still->end(Attempt::Ending::timed_out);
  });
}

void JobAttempt::stop() {
  if (!run_) return;
  services_.queue.withdraw(key(), why(attempt_->ending));
  auto& run = *std::exchange(run_, nullptr);
  run.attempt_ended(*attempt_, {.outcome = outcome_of(attempt_->ending, false)});
}

void JobAttempt::detach() {
  if (!run_) return;
  services_.queue.detach(key());
  run_ = nullptr;
}

void JobAttempt::tell_run(Decide decide, Stored stored) {
  if (!run_) return stored(over());
  run_->ask(
      [attempt = attempt_, decide = std::move(decide)](ActiveRun::Turn& turn) -> Result<void> {
        if (!turn.scheduler.has_job(attempt->step, attempt->number)) return over();
        decide(turn);
        return {};
      },
      std::move(stored));
}

void JobAttempt::assign(std::string worker, std::string machine, Stored stored) {
  tell_run([step = attempt_->step, worker = std::move(worker), machine = std::move(machine)](
               ActiveRun::Turn& turn) { turn.scheduler.job_assigned(step, worker, machine, turn.now, turn.decision); },
           std::move(stored));
}

void JobAttempt::start(std::vector<EventPayload> said, Stored stored) {
  tell_run(
      [step = attempt_->step, said = std::move(said)](ActiveRun::Turn& turn) {
        turn.scheduler.job_started(step, turn.now, turn.decision);
        std::ranges::copy(said, std::back_inserter(turn.decision.events));
      },
      std::move(stored));
}

void JobAttempt::end(JobEnd end, LeaseName lease, Stored stored) {
  AttemptResult result{.outcome = end.outcome,
                       .error = std::move(end.error),
                       .outputs = std::move(end.result),
                       .retryable = end.retryable};
  tell_run(
      [self = shared_from_this(), result = std::move(result), lease = std::move(lease)](ActiveRun::Turn& turn) {
        turn.also.emplace_back([lease](WriteTx& tx) { return job_table::check(tx.connection(), lease); });
        // While this waited for its turn, its time may have run out, too: then the run has let go of it already.
        if (auto* run = std::exchange(self->run_, nullptr)) run->forget_attempt(*self->attempt_);
        turn.scheduler.ended(self->attempt_->step, result, turn.now, turn.decision);
      },
      std::move(stored));
}

}  // namespace runcast
