#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "model/workflow.hpp"

// How jobs are named. A job is a step of kind `job`; one that is submitted alone is a run with that one step.
namespace runcast {

// The step of a run that is one job.
inline constexpr std::string_view lone_job_step = "job";

bool is_lone_job(Workflow const& workflow);

// Values in a job's requirements, and in the capabilities of a worker that are compared with them.
inline constexpr std::size_t max_conditions = 1000;

// Lines that a worker may tell in one message.
inline constexpr std::size_t max_log_lines = 10'000;

// Where a job stands. Its key in the database and in memory is always `RUN.STEP`.
struct JobKey {
  RunId run;
  std::string step;

  std::string str() const;

  friend auto operator<=>(JobKey const&, JobKey const&) = default;
};

// The id that everybody outside sees: the run's for a lone job, else the key.
std::string job_id(JobKey const& key, bool lone);

// Reads an id, in either form. invalid.
Result<JobKey> parse_job_id(std::string_view id);

}  // namespace runcast

template <>
struct std::hash<runcast::JobKey> {
  std::size_t operator()(runcast::JobKey const& key) const noexcept {
    return std::hash<runcast::RunId>{}(key.run) ^ std::hash<std::string>{}(key.step);
  }
};
