#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "model/status.hpp"

// What can happen, as values. The names and fields on the wire are those of the structs, in camelCase; see docs/api.md.
namespace runcast {

namespace events {

// A job as it was before the event that carries this: with it, whoever shows jobs can render each event by itself.
struct JobMark {
  std::string id;
  std::string type;
  int priority = 0;
  std::optional<JobStatus> was;  // absent: there was no such job yet
  std::string worker_id;         // that had it; empty: none
};

struct RunStart {
  std::string workflow;
  int version = 1;  // of the stored definition; 1 for a definition sent along with the run
  boost::json::object inputs;
  std::vector<std::vector<std::string>> layers;
  std::string started_by;  // "api", "schedule …", "webhook …", "run ID", a token's name
};

struct StepStart {
  std::string step_id;
  std::string name;
  StepKind kind = StepKind::run;
  int layer = 0;    // from 0
  int attempt = 1;  // from 1
  std::optional<boost::json::object> matrix;
};

struct StepLog {
  std::string step_id;
  Level level = Level::info;
  std::string message;  // valid UTF-8, without its line end
  bool truncated = false;
};

struct StepProgress {
  std::string step_id;
  double progress = 0;  // 0 to 1
  std::optional<std::string> text;
  std::optional<JobMark> job;  // of a `job` step, as in the other step events
};

struct StepRetry {
  std::string step_id;
  int attempt = 1;  // the one that ended
  Millis delay{};
  std::string reason;  // failed, timeout, interrupted
  std::optional<std::string> error;
  std::optional<JobMark> job;
};

struct StepComplete {
  std::string step_id;
  StepStatus status = StepStatus::succeeded;
  int attempt = 0;  // 0: it never started
  Millis duration{};
  std::optional<int> exit_code;
  std::optional<std::string> signal;  // "SIGKILL"
  std::optional<std::string> error;
  std::optional<boost::json::object> outputs;
  std::optional<JobMark> job;
};

// A job waits for a worker: at the beginning of each attempt of its step.
struct JobSubmitted {
  std::string step_id;
  int attempt = 1;
  std::string name;
  boost::json::object requirements;
  std::string submitted_by;  // `startedBy` of its run
  JobMark job;
};

struct JobAssigned {
  std::string step_id;
  int attempt = 1;
  std::string worker_id;
  std::string machine_id;
  JobMark job;
};

// The worker's first sign of work.
struct JobStarted {
  std::string step_id;
  std::string worker_id;
  JobMark job;
};

// Somebody asked for the run, or for one of its steps, to be cancelled.
struct CancelRequested {
  std::optional<std::string> step_id;
  std::string by;
  std::string reason;
};

struct ApprovalRequested {
  std::string step_id;
  std::string message;
};

struct ApprovalDecided {
  std::string step_id;
  bool approved = false;
  std::string by;
  std::optional<std::string> comment;
};

struct ChildStarted {
  std::string step_id;
  std::string child_run_id;
};

// The instances that a matrix step came to, once its values were known.
struct MatrixExpanded {
  std::string step_id;
  std::vector<boost::json::object> instances;
};

struct RunComplete {
  RunStatus status = RunStatus::succeeded;
  Millis duration{};
  std::optional<std::string> error;
  // `lastSeq`, its own seq, is put in by the log.
};

// Those below belong to no run: they stand in the system's log.

struct MachineRegistered {
  std::string machine_id;
  std::string hostname;  // empty: it was not told
};

struct MachineDisconnected {
  std::string machine_id;
  std::string reason;
};

struct MachineStatusChanged {
  std::string machine_id;
  MachineStatus old_status = MachineStatus::offline;
  MachineStatus new_status = MachineStatus::online;
};

struct WorkerConnected {
  std::string worker_id;
  std::string machine_id;
  WorkerStatus status = WorkerStatus::idle;
  boost::json::object capabilities;
  std::vector<std::string> types;  // of jobs that it takes; none: any
  int concurrency = 1;
  Timestamp connected_at{};
};

struct WorkerDisconnected {
  std::string worker_id;
  std::string machine_id;
  std::string reason;
};

struct WorkerStatusChanged {
  std::string worker_id;
  WorkerStatus old_status = WorkerStatus::idle;
  WorkerStatus new_status = WorkerStatus::idle;
  std::optional<std::string> current_job_id;  // one that it works on
};

}  // namespace events

using EventPayload =
    std::variant<events::RunStart, events::StepStart, events::StepLog, events::StepProgress, events::StepRetry,
                 events::StepComplete, events::CancelRequested, events::ApprovalRequested, events::ApprovalDecided,
                 events::ChildStarted, events::MatrixExpanded, events::JobSubmitted, events::JobAssigned,
                 events::JobStarted, events::RunComplete, events::MachineRegistered, events::MachineDisconnected,
                 events::MachineStatusChanged, events::WorkerConnected, events::WorkerDisconnected,
                 events::WorkerStatusChanged>;

}  // namespace runcast
