// What workers do with the jobs of a run.
#include "executor/scheduler.hpp"

namespace runcast {

void Scheduler::submit_job(StepIndex step, Timestamp now, Decision& out) {
  auto const& definition = state_.definition(step);
  emit(events::JobSubmitted{.step_id = state_.id(step),
                            .attempt = state_.step(step).attempt,
                            .name = definition.name,
                            .requirements = std::get<JobAction>(definition.action).requirements,
                            .submitted_by = state_.started_by(),
                            .job = state_.job_mark(step)},
       now, out);
}

bool Scheduler::has_job(StepIndex step, int attempt) const {
  auto const& state = state_.step(step);
  return state.job && state.phase == RunState::Phase::running && state.attempt == attempt && !state.stopping;
}

void Scheduler::job_assigned(StepIndex step, std::string worker, std::string machine, Timestamp now, Decision& out) {
  emit(events::JobAssigned{.step_id = state_.id(step),
                           .attempt = state_.step(step).attempt,
                           .worker_id = std::move(worker),
                           .machine_id = std::move(machine),
                           .job = state_.job_mark(step)},
       now, out);
}

void Scheduler::job_started(StepIndex step, Timestamp now, Decision& out) {
  auto mark = state_.job_mark(step);
  auto worker = mark.worker_id;
  emit(events::JobStarted{.step_id = state_.id(step), .worker_id = std::move(worker), .job = std::move(mark)}, now,
       out);
}

}  // namespace runcast
