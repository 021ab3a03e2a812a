// What a run's log says about its matrix steps.
#include <unordered_set>

#include <fmt/format.h>

#include "executor/run_state.hpp"

namespace runcast {
namespace {

constexpr std::size_t most_values = 1'000'000;  // of a matrix step's outputs: names times instances

}  // namespace

void RunState::on(events::MatrixExpanded const& event, Timestamp at) {
  auto const index = find(event.step_id);
  if (index == no_step) return;
  auto const first = static_cast<StepIndex>(steps_.size());
  auto& matrix = steps_[index];
  matrix.phase = Phase::running;
  matrix.status = StepStatus::running;
  matrix.started = at;
  matrix.first_instance = first;
  matrix.instances = matrix.open_instances = static_cast<std::uint32_t>(event.instances.size());
  for (auto const& values : event.instances) {
    auto& instance = steps_.emplace_back();
    instance.base = index;
    instance.ancestor_failed = steps_[index].ancestor_failed;
    instance.blocked_by = steps_[index].blocked_by;
    instance.matrix = std::make_unique<boost::json::object>(values);
    make_ready(static_cast<StepIndex>(steps_.size() - 1));
  }
  if (event.instances.empty()) settle({.step = index, .status = StepStatus::succeeded});
}

void RunState::end_instance(StepIndex index) {
  auto const base = steps_[index].base;
  auto& matrix = steps_[base];
  if (--matrix.open_instances > 0) return;
  Settlement end{.step = base, .status = StepStatus::succeeded};
  std::size_t failed = 0;
  for (std::uint32_t i = 0; i < matrix.instances; ++i) {
    auto const status = steps_[matrix.first_instance + i].status;
    if (status == StepStatus::failed) ++failed;
    if (status == StepStatus::cancelled && failed == 0) end.status = StepStatus::cancelled;
  }
  if (failed > 0) {
    end.status = StepStatus::failed;
    end.error = fmt::format("{} of {} instances failed", failed, matrix.instances);
  }
  auto const names = output_names(matrix);
  if (names * matrix.instances <= most_values) {
    matrix.outputs = std::make_unique<boost::json::object>(instance_outputs(matrix));
  } else if (end.status == StepStatus::succeeded) {
    end.status = StepStatus::failed;
    end.error = fmt::format("its {} instances have {} different outputs: as lists that is more than {} values",
                            matrix.instances, names, most_values);
  }
  settle(std::move(end));
}

std::size_t RunState::output_names(Step const& matrix) const {
  std::unordered_set<std::string_view> names;
  for (std::uint32_t i = 0; i < matrix.instances; ++i) {
    auto const& instance = steps_[matrix.first_instance + i];
    if (!instance.outputs) continue;
    for (auto const& output : *instance.outputs) names.insert(output.key());
  }
  return names.size();
}

// For each name an array with the value of each instance, null where it has none.
boost::json::object RunState::instance_outputs(Step const& matrix) const {
  boost::json::object outputs;
  for (std::uint32_t i = 0; i < matrix.instances; ++i) {
    auto const& instance = steps_[matrix.first_instance + i];
    if (!instance.outputs) continue;
    for (auto const& [name, value] : *instance.outputs) {
      auto& values = outputs[name];
      if (values.is_null()) values = boost::json::array(matrix.instances);
      values.get_array()[i] = value;
    }
  }
  return outputs;
}

}  // namespace runcast
