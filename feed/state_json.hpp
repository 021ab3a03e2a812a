#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "feed/system_state.hpp"

// The folded state as its readers see it. Pure.
namespace runcast {

// A job in a monitor's snapshot.
boost::json::object monitor_json(JobView const& job);

// The same job for `/api/jobs/stream` and its like: camelCase, progress from 0 to 100. It lies in `memory`.
boost::json::object api_json(JobView const& job, boost::json::storage_ptr const& memory);
std::string job_update(JobView const& job);  // {"type":"job-update","job":…}

// The monitors' messages that are of the state and not of one event, true after event `event_id`.
std::string full_state_snapshot(SystemState const& state, std::uint64_t event_id, Timestamp now);
std::string system_stats(SystemStats const& stats, std::uint64_t event_id, Timestamp now);

}  // namespace runcast
