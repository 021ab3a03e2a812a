#include "tests/feed/monitor_replica.hpp"

#include <boost/json/array.hpp>

namespace runcast::testing {
namespace {

namespace json = boost::json;

std::string text(json::object const& object, std::string_view key) {
  auto const* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

void MonitorReplica::take_snapshot(json::object const& data) {
  jobs_.clear();
  workers_.clear();
  auto const& jobs = data.at("jobs").as_object();
  for (auto const& [list, entries] : jobs) {
    for (auto const& entry : entries.as_array()) jobs_[text(entry.as_object(), "id")] = entry.as_object();
  }
  for (auto const& [id, worker] : data.at("workers").as_object()) workers_[id] = worker.as_object();
  stats_ = data.at("system_stats").as_object();
}

json::object& MonitorReplica::job(json::object const& message) { return jobs_[text(message, "job_id")]; }

void MonitorReplica::take(json::object const& message) {
  auto const type = text(message, "type");
  event_id_ = message.at("event_id").to_number<std::uint64_t>();
  if (type == "full_state_snapshot") {
    take_snapshot(message.at("data").as_object());
  } else if (type == "system_stats") {
    stats_ = message.at("stats").as_object();
  } else if (type == "worker_connected") {
    workers_[text(message, "worker_id")] = message.at("worker_data").as_object();
  } else if (type == "worker_disconnected") {
    workers_.erase(text(message, "worker_id"));
  } else if (type == "worker_status_changed") {
    workers_[text(message, "worker_id")]["status"] = message.at("new_status");
  } else if (type == "job_submitted") {
    jobs_[text(message, "job_id")] = message.at("job_data").as_object();
  } else if (type == "job_status_changed") {
    auto& changed = job(message);
    changed["status"] = message.at("new_status");
    changed.erase("worker_id");
    if (message.contains("worker_id") && message.at("new_status") != "pending") {
      changed["worker_id"] = message.at("worker_id");
    }
    if (message.at("new_status") == "pending") {
      changed["progress"] = 0.0;
      changed.erase("action");
    }
  } else if (type == "job_progress") {
    job(message)["progress"] = message.at("progress");
    if (message.contains("action")) job(message)["action"] = message.at("action");
  } else if (type == "job_completed") {
    job(message)["result"] = message.at("result");
    job(message)["progress"] = 1.0;
  } else if (type == "job_failed") {
    job(message)["error"] = message.at("error");
  }
}

json::object MonitorReplica::picture() const {
  json::object jobs;
  for (auto const& [id, job] : jobs_) {
    auto const status = text(job, "status");
    if (status == "cancelled") continue;  // a snapshot has no list for them
    auto const* progress = job.if_contains("progress");
    jobs[id] = {{"status", status},
                {"worker", text(job, "worker_id")},
                {"type", text(job, "job_type")},
                {"progress", progress ? progress->to_number<double>() : 0.0},
                {"action", text(job, "action")},
                {"result", job.contains("result") ? job.at("result") : json::value()},
                {"error", text(job, "error")}};
  }
  json::object workers;
  for (auto const& [id, worker] : workers_) workers[id] = worker.at("status");
  return {{"jobs", std::move(jobs)}, {"workers", std::move(workers)}, {"stats", stats_}};
}

}  // namespace runcast::testing
