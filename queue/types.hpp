#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/clock.hpp"
#include "model/job.hpp"
#include "model/retry.hpp"
#include "model/status.hpp"

// What goes into the queue and what comes out of it, as plain values.
namespace runcast {

struct QueueOptions {
  Millis lease{30'000};              // a job whose worker has been silent for as long is given to another
  Millis offline{60'000};            // a worker of which nothing has been heard for as long is offline
  Millis forget{24 * 3'600'000};     // an offline worker is forgotten after this
  std::size_t max_jobs = 100'000;    // waiting and worked on at once; more are refused
  std::size_t max_workers = 10'000;  // known at once, offline ones included
};

// A job that is to be done. Immutable, and shared by all who speak of it.
struct JobSpec {
  JobKey key;
  std::string id;  // as the outside knows it
  std::string type;
  std::string name;
  int priority = 0;  // higher goes first
  boost::json::object requirements;
  std::string payload;    // a JSON text
  Timestamp submitted{};  // of its first attempt: the older goes first
};

// A worker as it introduces itself.
struct WorkerIntro {
  std::string id;
  std::string machine_id;
  std::string hostname;
  boost::json::object capabilities;
  std::vector<std::string> types;  // of jobs that it takes; none: any
  int concurrency = 1;             // jobs that it has at once, at most
};

// A job in a worker's hands. The token is the number of the job's attempt: an attempt is given to one worker at most,
// so a later worker's is always greater.
struct JobLease {
  std::shared_ptr<JobSpec const> job;
  std::uint64_t token = 0;
};

// Who has a job from before a restart.
struct JobHolder {
  std::string worker;  // empty: nobody
  bool started = false;
};

// What a worker says whenever it speaks of a job. Refused (conflict) unless the job is in its hands under this token.
struct LeaseName {
  JobKey job;
  std::string worker;
  std::uint64_t token = 0;
};

struct Registration {
  Millis lease{};
  Millis heartbeat{};            // how often to be heard, at least: a third of the lease
  std::vector<JobLease> leases;  // what it has in its hands by the queue's knowledge, from before it lost touch
};

struct ClaimRequest {
  std::string worker;
  std::vector<std::string> types;  // none: those it registered with
  std::size_t max = 1;             // jobs; no more than its concurrency leaves room for
  Millis wait{};                   // for the first one; at most a minute
};

// A job that a worker should stop working on, because it was cancelled or its time is up.
struct StopOrder {
  std::string job_id;
  std::uint64_t token = 0;
  std::string reason;
};

// How a worker, or the loss of one, ended an attempt.
struct JobEnd {
  Outcome outcome = Outcome::succeeded;
  std::optional<std::string> error = {};
  std::optional<boost::json::object> result = {};
  bool retryable = true;
};

struct JobLine {
  Level level = Level::info;
  std::string text;  // valid UTF-8, one line
  bool truncated = false;
};

struct WorkerView {
  WorkerIntro intro;
  WorkerStatus status = WorkerStatus::idle;
  Timestamp connected{};
  Timestamp last_seen{};
  std::vector<std::string> jobs;  // ids of those in its hands
};

struct MachineView {
  std::string id;
  std::string hostname;
  MachineStatus status = MachineStatus::online;
  Timestamp registered{};
  Timestamp last_seen{};
  std::vector<std::string> workers;  // ids
};

// A job as its row says. What workers said of it (progress, lines, its result) is in its run's log.
struct JobRow {
  JobKey key;
  std::string id;
  std::string type;
  std::string name;
  int priority = 0;
  std::string requirements;  // JSON
  std::string payload;       // JSON
  JobStatus status = JobStatus::pending;
  int attempt = 1;
  std::string worker;  // that has it, or had it last
  std::string error;   // of its end, or of its last attempt
  Timestamp submitted{};
  std::optional<Timestamp> assigned = {};  // of the last attempt
  std::optional<Timestamp> started = {};
  std::optional<Timestamp> ended = {};
};

// What its log says of a job beside its row.
struct JobReport {
  double progress = 0;                        // 0 to 1, of the newest attempt
  std::string action;                         // what it was last said to be doing
  std::vector<std::string> logs;              // the last lines
  std::optional<boost::json::object> result;  // of a completed one
};

struct JobQuery {
  std::optional<JobStatus> status;  // absent: any
  std::string type;                 // empty: any
  std::size_t limit = 50;
  std::string cursor;  // a page's next_cursor; empty: the newest
};

struct JobPage {
  std::vector<JobRow> items;  // newest first
  std::optional<std::string> next_cursor;
};

}  // namespace runcast
