#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/event_payload.hpp"
#include "queue/types.hpp"

namespace runcast {

// Silence is counted in steady time: a clock that is set must not cost anybody his jobs.
using SteadyTime = std::chrono::steady_clock::time_point;

// What the registry's changes come to in the system's log, with the rows that they leave, newest state last.
struct RegistryChanges {
  std::vector<EventPayload> events;
  std::vector<WorkerView> workers;
  std::vector<MachineView> machines;
  std::vector<std::string> forgotten;  // workers

  bool empty() const { return events.empty() && workers.empty() && machines.empty() && forgotten.empty(); }
};

// Who works, where, and on what. A worker is heard of whenever it says anything; one that is silent for too long is
// offline, and so is a machine whose workers all are. Pure; one thread.
class Registry {
 public:
  struct Now {
    Timestamp time;
    SteadyTime steady;
  };

  explicit Registry(QueueOptions const& options) : options_(options) {}

  // What an earlier server knew: a worker counts as heard now.
  void restore(std::vector<WorkerView> workers, std::vector<MachineView> machines, Now now);

  // A worker that comes, or comes again. busy: there are too many.
  Result<void> enter(WorkerIntro intro, Now now, RegistryChanges& out);
  // False: there is no such worker. One that was offline is back.
  bool hear(std::string const& worker, Now now, RegistryChanges& out);
  // A worker that says good-bye, or whose connection is lost.
  void leave(std::string const& worker, std::string reason, Now now, RegistryChanges& out);
  // What silence has brought about by now.
  void elapse(Now now, RegistryChanges& out);
  std::optional<SteadyTime> next_due() const;

  // A job that comes into a worker's hands, or leaves them.
  void give(std::string const& worker, std::string const& job, RegistryChanges& out);
  void take(std::string const& worker, std::string const& job, RegistryChanges& out);
  // While it waits for jobs, a worker is not silent.
  void begin_wait(std::string const& worker);
  void end_wait(std::string const& worker, Now now);

  WorkerView const* find(std::string const& worker) const;
  std::vector<WorkerView> workers() const;
  std::vector<MachineView> machines() const;

 private:
  struct Worker {
    WorkerView view;
    SteadyTime heard{};
    std::size_t waits = 0;
    SteadyTime due{};  // its entry in due_
  };
  using Due = std::multimap<SteadyTime, std::string>;

  Worker* known(std::string const& worker);
  void connect(Worker& worker, Now now, RegistryChanges& out);
  void disconnect(Worker& worker, std::string reason, Now now, RegistryChanges& out);
  void set_status(Worker& worker, RegistryChanges& out);
  void schedule(Worker& worker, SteadyTime due);
  void unschedule(Worker const& worker);
  void forget(std::string const& worker, RegistryChanges& out);
  bool make_room(RegistryChanges& out);

  QueueOptions const& options_;
  std::map<std::string, Worker> workers_;
  std::map<std::string, MachineView> machines_;
  Due due_;
};

}  // namespace runcast
