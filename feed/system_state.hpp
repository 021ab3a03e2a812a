#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/json/object.hpp>

#include "model/event.hpp"

namespace runcast {

// A job as the whole system's followers see it.
struct JobView {
  std::string id;
  RunId run;
  std::string step;
  std::string name;
  std::string type;
  int priority = 0;
  boost::json::object requirements;
  std::string submitted_by;
  JobStatus status = JobStatus::pending;
  int attempt = 1;
  double progress = 0;  // 0 to 1
  std::string action;   // what the worker last said that it does
  std::string worker;   // that has it, or had it last; empty: none
  Timestamp created{};
  std::optional<Timestamp> assigned;
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
  Timestamp updated{};
  std::optional<boost::json::object> result;
  std::optional<std::string> error;
  std::deque<std::string> logs;  // its newest lines
  std::uint64_t last_line = 0;   // the newest one's seq in its run

  bool of_workflow() const { return id.size() > Ulid::text_size; }
};

struct WorkerState {
  std::string id;
  std::string machine;
  WorkerStatus status = WorkerStatus::idle;
  boost::json::object capabilities;
  std::vector<std::string> types;
  int concurrency = 1;
  Timestamp connected{};
};

struct MachineState {
  std::string id;
  std::string hostname;
  MachineStatus status = MachineStatus::online;
};

// How many of what there are; jobs since the beginning.
struct SystemStats {
  std::uint64_t total_workers = 0;  // connected ones
  std::uint64_t active_workers = 0;
  std::array<std::uint64_t, 6> jobs{};  // by JobStatus

  std::uint64_t with(JobStatus status) const { return jobs[static_cast<std::size_t>(status)]; }
  std::uint64_t total_jobs() const;
  friend bool operator==(SystemStats const&, SystemStats const&) = default;
};

// The state of the whole system, folded from events: workers, machines, the jobs that have not ended and the newest of
// those that have. Pure; one thread.
class SystemState {
 public:
  static constexpr std::size_t kept_ended = 100;  // of each way to end
  static constexpr std::size_t kept_lines = 100;
  static constexpr std::size_t longest_line = 2048;            // bytes; what is longer is cut here
  static constexpr std::size_t log_budget = 32 * 1024 * 1024;  // bytes of lines of all jobs; past it, fewer are kept

  // What an event changed.
  struct Change {
    JobView const* job = nullptr;  // until the next apply()
    bool stats = false;
  };
  Change apply(Event const& event);

  // A line of a job that has not ended; null where the step is no such job, or has the line already.
  JobView const* add_log(RunId const& run, std::string_view step, std::uint64_t seq, std::string_view line);
  bool has_jobs_of(RunId const& run) const { return by_run_.contains(run); }

  // For what an earlier server left: as the fold of its events would have it.
  void restore(JobView job);
  void restore(WorkerState worker);
  void restore(MachineState machine);
  void restore_counts(std::array<std::uint64_t, 6> const& jobs) { stats_.jobs = jobs; }

  SystemStats const& stats() const { return stats_; }
  std::map<std::string, WorkerState> const& workers() const { return workers_; }
  std::map<std::string, MachineState> const& machines() const { return machines_; }
  std::unordered_map<std::string, JobView> const& live_jobs() const { return live_; }
  std::deque<JobView> const& ended_jobs(JobStatus status) const { return ended_[ended_index(status)]; }
  JobView const* find_job(std::string const& id) const;  // null: unknown, or ended long ago

 private:
  static std::size_t ended_index(JobStatus status) {
    return static_cast<std::size_t>(status) - static_cast<std::size_t>(JobStatus::completed);
  }

  Change fold(Event const& event, events::JobSubmitted const& submitted);
  Change fold(Event const& event, events::JobAssigned const& assigned);
  Change fold(Event const& event, events::JobStarted const& started);
  Change fold(Event const& event, events::StepProgress const& progress);
  Change fold(Event const& event, events::StepRetry const& retry);
  Change fold(Event const& event, events::StepComplete const& ended);
  Change fold(Event const& event, events::WorkerConnected const& connected);
  Change fold(Event const& event, events::WorkerDisconnected const& gone);
  Change fold(Event const& event, events::WorkerStatusChanged const& changed);
  Change fold(Event const& event, events::MachineRegistered const& registered);
  Change fold(Event const& event, events::MachineDisconnected const& gone);
  Change fold(Event const& event, events::MachineStatusChanged const& changed);
  template <class Other>
  Change fold(Event const&, Other const&) {
    return {};
  }

  JobView* find(events::JobMark const& mark);
  void add_live(JobView job);
  void set_status(JobView& job, JobStatus status);
  void keep_ended(JobView job);
  void push_line(JobView& job, std::string_view line);
  void count_workers();

  std::map<std::string, WorkerState> workers_;  // connected ones
  std::map<std::string, MachineState> machines_;
  std::unordered_map<std::string, JobView> live_;
  std::unordered_map<RunId, std::size_t> by_run_;  // how many live jobs
  std::array<std::deque<JobView>, 3> ended_;       // completed, failed, cancelled; the oldest first
  SystemStats stats_;
  std::size_t log_bytes_ = 0;
};

}  // namespace runcast
