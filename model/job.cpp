#include "model/job.hpp"

namespace runcast {

bool is_lone_job(Workflow const& workflow) {
  if (workflow.steps.size() != 1) return false;
  auto const& step = workflow.steps.front();
  return step.kind() == StepKind::job && step.id == lone_job_step && !step.matrix;
}

std::string JobKey::str() const { return run.str() + '.' + step; }

std::string job_id(JobKey const& key, bool lone) { return lone ? key.run.str() : key.str(); }

Result<JobKey> parse_job_id(std::string_view id) {
  auto const dot = id.find('.');
  auto const run = RunId::parse(id.substr(0, dot));
  if (!run) return fail(Errc::invalid, "a job's id is that of its run, or RUN.STEP");
  if (dot == id.npos) return JobKey{*run, std::string(lone_job_step)};
  auto const step = id.substr(dot + 1);
  if (step.empty() || step.size() > 128) return fail(Errc::invalid, "a job's id is that of its run, or RUN.STEP");
  return JobKey{*run, std::string(step)};
}

}  // namespace runcast
