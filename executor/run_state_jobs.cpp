// What a run's log says about its jobs.
#include "executor/run_state.hpp"
#include "model/job.hpp"

namespace runcast {

void RunState::on(events::JobSubmitted const& event, Timestamp at) {
  auto const index = find(event.step_id);
  if (index == no_step) return;
  auto& job = steps_[index].job;
  if (!job) job = std::make_unique<Job>(Job{.submitted = at});
  job->status = JobStatus::pending;
  job->worker.clear();
}

void RunState::on(events::JobAssigned const& event, Timestamp) {
  auto const index = find(event.step_id);
  if (index == no_step || !steps_[index].job) return;
  steps_[index].job->status = JobStatus::assigned;
  steps_[index].job->worker = event.worker_id;
}

void RunState::on(events::JobStarted const& event, Timestamp) {
  auto const index = find(event.step_id);
  if (index != no_step && steps_[index].job) steps_[index].job->status = JobStatus::active;
}

JobKey RunState::job_key(StepIndex index) const { return {run_, id(index)}; }

events::JobMark RunState::job_mark(StepIndex index) const {
  auto const& action = std::get<JobAction>(definition(index).action);
  auto const& job = steps_[index].job;
  events::JobMark mark{.id = job_id(job_key(index), is_lone_job(plan_->workflow())),
                       .type = action.type,
                       .priority = action.priority,
                       .was = {},
                       .worker_id = {}};
  if (job) {
    mark.was = job->status;
    mark.worker_id = job->worker;
  }
  return mark;
}

}  // namespace runcast
