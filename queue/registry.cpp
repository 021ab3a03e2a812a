#include "queue/registry.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace runcast {
namespace {

bool same(WorkerIntro const& a, WorkerIntro const& b) {
  return a.machine_id == b.machine_id && a.hostname == b.hostname && a.capabilities == b.capabilities &&
         a.types == b.types && a.concurrency == b.concurrency;
}

}  // namespace

void Registry::restore(std::vector<WorkerView> workers, std::vector<MachineView> machines, Now now) {
  for (auto& machine : machines) {
    auto const id = machine.id;
    machines_.emplace(id, std::move(machine));
  }
  for (auto& view : workers) {
    auto const id = view.intro.id;
    view.jobs.clear();
    auto& worker = workers_[id];
    if (view.status == WorkerStatus::busy) view.status = WorkerStatus::idle;  // until its jobs say otherwise
    worker.view = std::move(view);
    worker.heard = now.steady;
    bool const offline = worker.view.status == WorkerStatus::offline;
    schedule(worker, now.steady + (offline ? options_.forget : options_.offline));
  }
}

Result<void> Registry::enter(WorkerIntro intro, Now now, RegistryChanges& out) {
  auto* worker = known(intro.id);
  if (!worker) {
    if (workers_.size() >= options_.max_workers && !make_room(out)) {
      return fail(Errc::busy, fmt::format("there are {} workers already", workers_.size()));
    }
    worker = &workers_[intro.id];
    worker->view.status = WorkerStatus::offline;
  }
  bool const unchanged = same(worker->view.intro, intro) && worker->view.status != WorkerStatus::offline;
  if (!worker->view.intro.machine_id.empty() && worker->view.intro.machine_id != intro.machine_id) {
    disconnect(*worker, "it moved to another machine", now, out);
  }
  worker->view.intro = std::move(intro);
  if (unchanged) {
    worker->heard = now.steady;
    worker->view.last_seen = now.time;
  } else {
    connect(*worker, now, out);
  }
  schedule(*worker, now.steady + options_.offline);
  return {};
}

void Registry::connect(Worker& worker, Now now, RegistryChanges& out) {
  auto& view = worker.view;
  auto const& intro = view.intro;
  view.status = view.jobs.empty() ? WorkerStatus::idle : WorkerStatus::busy;
  view.connected = view.last_seen = now.time;
  worker.heard = now.steady;
  auto const [found, is_new] = machines_.try_emplace(intro.machine_id);
  auto& machine = found->second;
  if (is_new) {
    machine = {intro.machine_id, intro.hostname, MachineStatus::online, now.time, now.time, {}};
    out.events.emplace_back(events::MachineRegistered{intro.machine_id, intro.hostname});
  } else if (machine.status == MachineStatus::offline) {
    machine.status = MachineStatus::online;
    out.events.emplace_back(
        events::MachineStatusChanged{intro.machine_id, MachineStatus::offline, MachineStatus::online});
  }
  if (!intro.hostname.empty()) machine.hostname = intro.hostname;
  machine.last_seen = now.time;
  out.machines.push_back(machine);
  out.events.emplace_back(events::WorkerConnected{.worker_id = intro.id,
                                                  .machine_id = intro.machine_id,
                                                  .status = view.status,
                                                  .capabilities = intro.capabilities,
                                                  .types = intro.types,
                                                  .concurrency = intro.concurrency,
                                                  .connected_at = now.time});
  out.workers.push_back(view);
}

bool Registry::hear(std::string const& id, Now now, RegistryChanges& out) {
  auto* worker = known(id);
  if (!worker) return false;
  worker->heard = now.steady;
  worker->view.last_seen = now.time;
  if (worker->view.status == WorkerStatus::offline) {
    connect(*worker, now, out);
    schedule(*worker, now.steady + options_.offline);
  }
  return true;
}

void Registry::leave(std::string const& id, std::string reason, Now now, RegistryChanges& out) {
  auto* worker = known(id);
  if (!worker || worker->view.status == WorkerStatus::offline) return;
  disconnect(*worker, std::move(reason), now, out);
  schedule(*worker, now.steady + options_.forget);
}

void Registry::disconnect(Worker& worker, std::string reason, Now now, RegistryChanges& out) {
  auto& view = worker.view;
  if (view.status == WorkerStatus::offline) return;
  view.status = WorkerStatus::offline;
  auto const& machine_id = view.intro.machine_id;
  out.events.emplace_back(events::WorkerDisconnected{view.intro.id, machine_id, reason});
  out.workers.push_back(view);
  auto const machine = machines_.find(machine_id);
  if (machine == machines_.end() || machine->second.status == MachineStatus::offline) return;
  machine->second.last_seen = std::max(machine->second.last_seen, std::min(view.last_seen, now.time));
  bool const others = std::any_of(workers_.begin(), workers_.end(), [&](auto const& entry) {
    auto const& other = entry.second.view;
    return other.intro.machine_id == machine_id && other.status != WorkerStatus::offline;
  });
  if (others) return;
  machine->second.status = MachineStatus::offline;
  out.events.emplace_back(events::MachineDisconnected{machine_id, std::move(reason)});
  out.machines.push_back(machine->second);
}

// A worker's entry is moved only when it comes up, so that being heard costs nothing.
void Registry::elapse(Now now, RegistryChanges& out) {
  while (!due_.empty() && due_.begin()->first <= now.steady) {
    auto const id = due_.begin()->second;
    auto& worker = workers_.at(id);
    if (worker.waits > 0) worker.heard = now.steady;
    bool const offline = worker.view.status == WorkerStatus::offline;
    auto const end = worker.heard + (offline ? options_.forget : options_.offline);
    if (end > now.steady) {
      schedule(worker, end);
    } else if (offline) {
      forget(id, out);
    } else {
      disconnect(worker, "silent", now, out);
      schedule(worker, now.steady + options_.forget);
    }
  }
}

std::optional<SteadyTime> Registry::next_due() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

void Registry::give(std::string const& id, std::string const& job, RegistryChanges& out) {
  auto* worker = known(id);
  if (!worker) return;
  worker->view.jobs.push_back(job);
  set_status(*worker, out);
}

void Registry::take(std::string const& id, std::string const& job, RegistryChanges& out) {
  auto* worker = known(id);
  if (!worker) return;
  std::erase(worker->view.jobs, job);
  set_status(*worker, out);
}

void Registry::set_status(Worker& worker, RegistryChanges& out) {
  auto& view = worker.view;
  auto const status = view.jobs.empty() ? WorkerStatus::idle : WorkerStatus::busy;
  if (view.status == WorkerStatus::offline || view.status == status) return;
  // A change that is not written yet and that this one undoes: neither is worth a word.
  auto const undone = std::find_if(out.events.rbegin(), out.events.rend(), [&](EventPayload const& payload) {
    auto const* earlier = std::get_if<events::WorkerStatusChanged>(&payload);
    return earlier && earlier->worker_id == view.intro.id;
  });
  if (undone != out.events.rend()) {
    out.events.erase(std::next(undone).base());
    view.status = status;
    return;
  }
  events::WorkerStatusChanged event{
      .worker_id = view.intro.id, .old_status = view.status, .new_status = status, .current_job_id = {}};
  if (!view.jobs.empty()) event.current_job_id = view.jobs.front();
  view.status = status;
  out.events.emplace_back(std::move(event));
}

void Registry::begin_wait(std::string const& id) {
  if (auto* worker = known(id)) ++worker->waits;
}

void Registry::end_wait(std::string const& id, Now now) {
  auto* worker = known(id);
  if (!worker) return;
  if (worker->waits > 0) --worker->waits;
  worker->heard = now.steady;
  worker->view.last_seen = now.time;
}

WorkerView const* Registry::find(std::string const& id) const {
  auto const found = workers_.find(id);
  return found == workers_.end() ? nullptr : &found->second.view;
}

std::vector<WorkerView> Registry::workers() const {
  std::vector<WorkerView> views;
  for (auto const& [id, worker] : workers_) views.push_back(worker.view);
  return views;
}

std::vector<MachineView> Registry::machines() const {
  std::map<std::string_view, MachineView> views(machines_.begin(), machines_.end());
  for (auto const& [id, worker] : workers_) {
    auto const found = views.find(worker.view.intro.machine_id);
    if (found == views.end()) continue;
    auto& machine = found->second;
    machine.workers.push_back(id);
    machine.last_seen = std::max(machine.last_seen, worker.view.last_seen);
  }
  std::vector<MachineView> all;
  for (auto& [id, machine] : views) all.push_back(std::move(machine));
  return all;
}

Registry::Worker* Registry::known(std::string const& id) {
  auto const found = workers_.find(id);
  return found == workers_.end() ? nullptr : &found->second;
}

void Registry::schedule(Worker& worker, SteadyTime due) {
  unschedule(worker);
  worker.due = due;
  due_.emplace(due, worker.view.intro.id);
}

void Registry::unschedule(Worker const& worker) {
  auto const [first, last] = due_.equal_range(worker.due);
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second != worker.view.intro.id) continue;
    due_.erase(entry);
    return;
  }
}

// By the worker that has been gone for the longest time. False: all are there.
bool Registry::make_room(RegistryChanges& out) {
  auto const is_gone = [](Worker const& worker) {
    return worker.view.status == WorkerStatus::offline && worker.view.jobs.empty() && worker.waits == 0;
  };
  auto const oldest = std::ranges::min_element(
      workers_, {}, [&](auto const& entry) { return std::pair(!is_gone(entry.second), entry.second.heard); });
  if (oldest == workers_.end() || !is_gone(oldest->second)) return false;
  forget(std::string(oldest->first), out);
  return true;
}

void Registry::forget(std::string const& id, RegistryChanges& out) {
  auto const worker = workers_.find(id);
  unschedule(worker->second);
  workers_.erase(worker);
  out.forgotten.push_back(id);
}

}  // namespace runcast
