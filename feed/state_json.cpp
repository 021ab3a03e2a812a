#include "feed/state_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>

#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::size_t most_members = 24;  // of what is said of a job, so that its table need not grow

// A whole number where it is one, so that it reads as people write it.
json::value percent(double progress) {
  auto const value = std::round(progress * 10'000) / 100;
  auto const whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? json::value(whole) : json::value(value);
}

void put_time(json::object& out, std::string_view name, std::optional<Timestamp> const& time) {
  if (time) out[name] = to_epoch_ms(*time);
}

// Oldest first.
std::vector<JobView const*> by_age(SystemState const& state, bool pending) {
  std::vector<JobView const*> jobs;
  for (auto const& [id, job] : state.live_jobs()) {
    if ((job.status == JobStatus::pending) == pending) jobs.push_back(&job);
  }
  std::ranges::sort(
      jobs, [](auto const* a, auto const* b) { return std::tie(a->created, a->id) < std::tie(b->created, b->id); });
  return jobs;
}

json::array live_array(SystemState const& state, bool pending) {
  json::array out;
  for (auto const* job : by_age(state, pending)) out.push_back(monitor_json(*job));
  return out;
}

json::array ended_array(SystemState const& state, JobStatus status) {
  json::array out;
  for (auto const& job : state.ended_jobs(status)) out.push_back(monitor_json(job));
  return out;
}

json::object to_json(SystemStats const& stats) {
  return {{"total_workers", stats.total_workers},
          {"active_workers", stats.active_workers},
          {"total_jobs", stats.total_jobs()},
          {"pending_jobs", stats.with(JobStatus::pending)},
          {"active_jobs", stats.with(JobStatus::assigned) + stats.with(JobStatus::active)},
          {"completed_jobs", stats.with(JobStatus::completed)},
          {"failed_jobs", stats.with(JobStatus::failed)},
          {"cancelled_jobs", stats.with(JobStatus::cancelled)}};
}

json::object workers_json(SystemState const& state) {
  std::unordered_map<std::string, json::array> jobs_of;
  for (auto const* job : by_age(state, false)) jobs_of[job->worker].emplace_back(job->id);
  json::object out;
  for (auto const& [id, worker] : state.workers()) {
    json::object entry{{"id", id},
                       {"status", to_string(worker.status)},
                       {"capabilities", worker.capabilities},
                       {"connected_at", iso8601(worker.connected)},
                       {"machine_id", worker.machine},
                       {"job_types", json::array(worker.types.begin(), worker.types.end())},
                       {"concurrency", worker.concurrency}};
    auto& jobs = jobs_of[id];
    if (!jobs.empty()) entry["current_job_id"] = jobs.front();
    entry["current_jobs"] = std::move(jobs);
    out[id] = std::move(entry);
  }
  return out;
}

json::array machines_json(SystemState const& state) {
  std::map<std::string, json::array> workers_of;
  for (auto const& [id, worker] : state.workers()) workers_of[worker.machine].emplace_back(id);
  json::array out;
  for (auto const& [id, machine] : state.machines()) {
    out.push_back(json::object{{"machine_id", id},
                               {"hostname", machine.hostname},
                               {"status", to_string(machine.status)},
                               {"workers", std::move(workers_of[id])}});
  }
  return out;
}

}  // namespace

json::object monitor_json(JobView const& job) {
  json::object out{{"id", job.id},
                   {"job_type", job.type},
                   {"status", to_string(job.status)},
                   {"priority", job.priority},
                   {"name", job.name},
                   {"requirements", job.requirements},
                   {"progress", job.progress},
                   {"attempt", job.attempt}};
  if (!job.action.empty()) out["action"] = job.action;
  if (job.of_workflow()) out["workflow_id"] = job.run.str();
  if (!job.worker.empty()) out["worker_id"] = job.worker;
  out["created_at"] = to_epoch_ms(job.created);
  put_time(out, "assigned_at", job.assigned);
  put_time(out, "started_at", job.started);
  put_time(out, job.status == JobStatus::completed ? "completed_at" : "failed_at", job.ended);
  if (job.result) out["result"] = *job.result;
  if (job.error) out["error"] = *job.error;
  return out;
}

json::object api_json(JobView const& job, json::storage_ptr const& memory) {
  json::object out({{"id", job.id},
                    {"name", job.name},
                    {"type", job.type},
                    {"status", to_string(job.status)},
                    {"progress", percent(job.progress)},
                    {"action", job.action},
                    {"logs", json::array(job.logs.begin(), job.logs.end(), memory)},
                    {"priority", job.priority},
                    {"requirements", job.requirements},
                    {"runId", job.run.str()},
                    {"stepId", job.step},
                    {"attempt", job.attempt},
                    {"createdAt", to_epoch_ms(job.created)},
                    {"updatedAt", to_epoch_ms(job.updated)}},
                   most_members, memory);
  put_time(out, "assignedAt", job.assigned);
  put_time(out, "startedAt", job.started);
  put_time(out, "endedAt", job.ended);
  if (!job.worker.empty()) out["workerId"] = job.worker;
  if (job.result) out["result"] = *job.result;
  if (job.error) out["error"] = *job.error;
  return out;
}

std::string job_update(JobView const& job) {
  std::array<unsigned char, 4096> buffer;
  json::monotonic_resource memory(buffer.data(), buffer.size());
  return to_json_text(json::object({{"type", "job-update"}, {"job", api_json(job, &memory)}}, &memory));
}

std::string full_state_snapshot(SystemState const& state, std::uint64_t event_id, Timestamp now) {
  json::object jobs{{"pending", live_array(state, true)},
                    {"active", live_array(state, false)},
                    {"completed", ended_array(state, JobStatus::completed)},
                    {"failed", ended_array(state, JobStatus::failed)}};
  json::object data{{"workers", workers_json(state)},
                    {"machines", machines_json(state)},
                    {"jobs", std::move(jobs)},
                    {"system_stats", to_json(state.stats())}};
  return to_json_text(json::object{{"type", "full_state_snapshot"},
                                   {"data", std::move(data)},
                                   {"timestamp", to_epoch_ms(now)},
                                   {"event_id", event_id}});
}

std::string system_stats(SystemStats const& stats, std::uint64_t event_id, Timestamp now) {
  return to_json_text(json::object{
      {"type", "system_stats"}, {"stats", to_json(stats)}, {"timestamp", to_epoch_ms(now)}, {"event_id", event_id}});
}

}  // namespace runcast
