#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "queue/types.hpp"

// What the API says of jobs, workers and machines, as JSON.
namespace runcast {

inline constexpr std::size_t job_log_lines = 100;  // that are told with a job

// A job, with `progress` from 0 to 100.
std::string job_json(JobRow const& job, JobReport const& report);

// A job as it is handed to a worker.
std::string lease_json(JobLease const& lease, Millis duration);

boost::json::object to_json(WorkerView const& worker);
boost::json::object to_json(MachineView const& machine);

}  // namespace runcast
