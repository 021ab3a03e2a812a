#include "model/status.hpp"

#include <array>

namespace runcast {
namespace {

using std::string_view_literals::operator""sv;

// Each table's index is the enumerator's value.
constexpr std::array run_names{"pending"sv, "running"sv, "succeeded"sv, "failed"sv, "cancelled"sv};
constexpr std::array step_names{"pending"sv, "running"sv, "succeeded"sv, "failed"sv, "skipped"sv, "cancelled"sv};
constexpr std::array kind_names{"run"sv, "http"sv, "delay"sv, "job"sv, "workflow"sv, "approval"sv};
constexpr std::array job_names{"pending"sv, "assigned"sv, "active"sv, "completed"sv, "failed"sv, "cancelled"sv};
constexpr std::array worker_names{"idle"sv, "busy"sv, "offline"sv};
constexpr std::array machine_names{"online"sv, "offline"sv};
constexpr std::array level_names{"debug"sv, "info"sv, "warn"sv, "error"sv};

template <class Enum, std::size_t N>
std::optional<Enum> find(std::array<std::string_view, N> const& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(RunStatus status) { return run_names[static_cast<std::size_t>(status)]; }
std::string_view to_string(StepStatus status) { return step_names[static_cast<std::size_t>(status)]; }
std::string_view to_string(StepKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }
std::string_view to_string(JobStatus status) { return job_names[static_cast<std::size_t>(status)]; }
std::string_view to_string(WorkerStatus status) { return worker_names[static_cast<std::size_t>(status)]; }
std::string_view to_string(MachineStatus status) { return machine_names[static_cast<std::size_t>(status)]; }
std::string_view to_string(Level level) { return level_names[static_cast<std::size_t>(level)]; }
std::optional<RunStatus> run_status_from(std::string_view name) { return find<RunStatus>(run_names, name); }
std::optional<StepStatus> step_status_from(std::string_view name) { return find<StepStatus>(step_names, name); }
std::optional<StepKind> step_kind_from(std::string_view name) { return find<StepKind>(kind_names, name); }
std::optional<JobStatus> job_status_from(std::string_view name) { return find<JobStatus>(job_names, name); }
std::optional<WorkerStatus> worker_status_from(std::string_view name) { return find<WorkerStatus>(worker_names, name); }
std::optional<MachineStatus> machine_status_from(std::string_view name) {
  return find<MachineStatus>(machine_names, name);
}
std::optional<Level> level_from(std::string_view name) { return find<Level>(level_names, name); }

}  // namespace runcast
