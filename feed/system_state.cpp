#include "feed/system_state.hpp"

#include <algorithm>
#include <numeric>

#include "base/utf8.hpp"
#include "feed/render.hpp"
#include "model/job.hpp"

namespace runcast {

std::uint64_t SystemStats::total_jobs() const { return std::accumulate(jobs.begin(), jobs.end(), std::uint64_t{0}); }

SystemState::Change SystemState::apply(Event const& event) {
  if (event.type == EventType::other) return {};
  return std::visit([&](auto const& payload) { return fold(event, payload); }, event.payload);
}

// --- jobs ---

JobView* SystemState::find(events::JobMark const& mark) {
  auto const found = live_.find(mark.id);
  return found == live_.end() ? nullptr : &found->second;
}

JobView const* SystemState::find_job(std::string const& id) const {
  if (auto const found = live_.find(id); found != live_.end()) return &found->second;
  for (auto const& jobs : ended_) {
    auto const found = std::ranges::find(jobs, id, &JobView::id);
    if (found != jobs.end()) return &*found;
  }
  return nullptr;
}

void SystemState::set_status(JobView& job, JobStatus status) {
  --stats_.jobs[static_cast<std::size_t>(job.status)];
  ++stats_.jobs[static_cast<std::size_t>(status)];
  job.status = status;
}

void SystemState::add_live(JobView job) {
  ++by_run_[job.run];
  auto id = job.id;
  live_.insert_or_assign(std::move(id), std::move(job));
}

SystemState::Change SystemState::fold(Event const& event, events::JobSubmitted const& submitted) {
  JobView* job = find(submitted.job);
  if (!job) {
    JobView fresh;
    fresh.id = submitted.job.id;
    fresh.run = event.run;
    fresh.step = submitted.step_id;
    fresh.name = submitted.name;
    fresh.type = submitted.job.type;
    fresh.priority = submitted.job.priority;
    fresh.requirements = submitted.requirements;
    fresh.submitted_by = submitted.submitted_by;
    fresh.created = event.time;
    add_live(std::move(fresh));
    job = find(submitted.job);
    ++stats_.jobs[static_cast<std::size_t>(JobStatus::pending)];
  } else {
    set_status(*job, JobStatus::pending);
  }
  job->attempt = submitted.attempt;
  job->updated = event.time;
  return {job, true};
}

SystemState::Change SystemState::fold(Event const& event, events::JobAssigned const& assigned) {
  JobView* job = find(assigned.job);
  if (!job) return {};
  set_status(*job, JobStatus::assigned);
  job->worker = assigned.worker_id;
  job->assigned = job->updated = event.time;
  return {job, true};
}

SystemState::Change SystemState::fold(Event const& event, events::JobStarted const& started) {
  JobView* job = find(started.job);
  if (!job) return {};
  set_status(*job, JobStatus::active);
  job->started = job->updated = event.time;
  return {job, true};
}

SystemState::Change SystemState::fold(Event const& event, events::StepProgress const& progress) {
  JobView* job = progress.job ? find(*progress.job) : nullptr;
  if (!job) return {};
  job->progress = progress.progress;
  if (progress.text) job->action = *progress.text;
  job->updated = event.time;
  return {job, false};
}

SystemState::Change SystemState::fold(Event const& event, events::StepRetry const& retry) {
  JobView* job = retry.job ? find(*retry.job) : nullptr;
  if (!job) return {};
  set_status(*job, JobStatus::pending);
  job->worker.clear();
  job->assigned.reset();
  job->started.reset();
  job->progress = 0;
  job->action.clear();
  job->updated = event.time;
  return {job, true};
}

SystemState::Change SystemState::fold(Event const& event, events::StepComplete const& ended) {
  JobView* found = ended.job ? find(*ended.job) : nullptr;
  if (!found) return {};
  auto const status = job_status_after(ended);
  set_status(*found, status);
  found->ended = found->updated = event.time;
  if (status == JobStatus::completed) {
    found->progress = 1;
    found->result = ended.outputs.value_or(boost::json::object());
  } else {
    found->error = job_error(ended);
  }
  auto entry = live_.extract(ended.job->id);
  if (--by_run_[event.run] == 0) by_run_.erase(event.run);
  keep_ended(std::move(entry.mapped()));
  return {&ended_[ended_index(status)].back(), true};
}

void SystemState::keep_ended(JobView job) {
  auto& jobs = ended_[ended_index(job.status)];
  jobs.push_back(std::move(job));
  if (jobs.size() <= kept_ended) return;
  for (auto const& line : jobs.front().logs) log_bytes_ -= line.size();
  jobs.pop_front();
}

void SystemState::restore(JobView job) {
  for (auto const& line : std::exchange(job.logs, {})) push_line(job, line);
  if (has_ended(job.status)) {
    keep_ended(std::move(job));
  } else {
    add_live(std::move(job));
  }
}

// --- log lines ---

JobView const* SystemState::add_log(RunId const& run, std::string_view step, std::uint64_t seq, std::string_view line) {
  auto found = live_.find(job_id({run, std::string(step)}, false));
  if (found == live_.end()) found = live_.find(run.str());  // a job alone
  if (found == live_.end()) return nullptr;
  auto& job = found->second;
  if (job.step != step || seq <= job.last_line) return nullptr;
  job.last_line = seq;
  push_line(job, line);
  return &job;
}

void SystemState::push_line(JobView& job, std::string_view line) {
  job.logs.emplace_back(utf8_prefix(line, longest_line));
  log_bytes_ += job.logs.back().size();
  while (job.logs.size() > kept_lines || (log_bytes_ > log_budget && job.logs.size() > 1)) {
    log_bytes_ -= job.logs.front().size();
    job.logs.pop_front();
  }
}

// --- workers and machines ---

void SystemState::count_workers() {
  stats_.total_workers = workers_.size();
  stats_.active_workers = static_cast<std::uint64_t>(
      std::ranges::count(workers_, WorkerStatus::busy, [](auto const& worker) { return worker.second.status; }));
}

SystemState::Change SystemState::fold(Event const&, events::WorkerConnected const& connected) {
  restore(WorkerState{connected.worker_id, connected.machine_id, connected.status, connected.capabilities,
                      connected.types, connected.concurrency, connected.connected_at});
  return {nullptr, true};
}

SystemState::Change SystemState::fold(Event const&, events::WorkerDisconnected const& gone) {
  workers_.erase(gone.worker_id);
  count_workers();
  return {nullptr, true};
}

SystemState::Change SystemState::fold(Event const&, events::WorkerStatusChanged const& changed) {
  auto const found = workers_.find(changed.worker_id);
  if (found == workers_.end()) return {};
  found->second.status = changed.new_status;
  count_workers();
  return {nullptr, true};
}

void SystemState::restore(WorkerState worker) {
  auto id = worker.id;
  workers_.insert_or_assign(std::move(id), std::move(worker));
  count_workers();
}

SystemState::Change SystemState::fold(Event const&, events::MachineRegistered const& registered) {
  restore(MachineState{registered.machine_id, registered.hostname, MachineStatus::online});
  return {};
}

SystemState::Change SystemState::fold(Event const&, events::MachineDisconnected const& gone) {
  if (auto const found = machines_.find(gone.machine_id); found != machines_.end()) {
    found->second.status = MachineStatus::offline;
  }
  return {};
}

SystemState::Change SystemState::fold(Event const&, events::MachineStatusChanged const& changed) {
  if (auto const found = machines_.find(changed.machine_id); found != machines_.end()) {
    found->second.status = changed.new_status;
  }
  return {};
}

void SystemState::restore(MachineState machine) {
  auto id = machine.id;
  machines_.insert_or_assign(std::move(id), std::move(machine));
}

}  // namespace runcast
