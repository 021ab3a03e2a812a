#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace runcast {

enum class RunStatus : std::uint8_t { pending, running, succeeded, failed, cancelled };
enum class StepStatus : std::uint8_t { pending, running, succeeded, failed, skipped, cancelled };
enum class StepKind : std::uint8_t { run, http, delay, job, workflow, approval };
enum class JobStatus : std::uint8_t { pending, assigned, active, completed, failed, cancelled };
enum class WorkerStatus : std::uint8_t { idle, busy, offline };  // busy: it has a job
enum class MachineStatus : std::uint8_t { online, offline };
enum class Level : std::uint8_t { debug, info, warn, error };

// The names on the wire, and back.
std::string_view to_string(RunStatus status);
std::string_view to_string(StepStatus status);
std::string_view to_string(StepKind kind);
std::string_view to_string(JobStatus status);
std::string_view to_string(WorkerStatus status);
std::string_view to_string(MachineStatus status);
std::string_view to_string(Level level);
std::optional<RunStatus> run_status_from(std::string_view name);
std::optional<StepStatus> step_status_from(std::string_view name);
std::optional<StepKind> step_kind_from(std::string_view name);
std::optional<JobStatus> job_status_from(std::string_view name);
std::optional<WorkerStatus> worker_status_from(std::string_view name);
std::optional<MachineStatus> machine_status_from(std::string_view name);
std::optional<Level> level_from(std::string_view name);

inline bool has_ended(RunStatus status) { return status != RunStatus::pending && status != RunStatus::running; }
inline bool has_ended(StepStatus status) { return status != StepStatus::pending && status != StepStatus::running; }
// What the end of a `job` step makes of its job.
inline JobStatus job_status_of(StepStatus end) {
  if (end == StepStatus::succeeded) return JobStatus::completed;
  return end == StepStatus::failed ? JobStatus::failed : JobStatus::cancelled;
}
inline bool has_ended(JobStatus status) { return status >= JobStatus::completed; }

}  // namespace runcast
