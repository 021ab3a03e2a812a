#include "executor/rerun.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace runcast {
namespace {

constexpr std::string_view prefix = "rerun of ";

}  // namespace

Scheduler::Kept kept_steps(RunState const& ended) {
  Scheduler::Kept kept;
  auto const& dag = ended.plan().dag();
  for (auto const step : dag.order()) {
    auto const needs = dag.needs(step);
    bool const after_kept =
        std::all_of(needs.begin(), needs.end(), [&](StepIndex need) { return kept.contains(ended.id(need)); });
    if (!after_kept || ended.step(step).status != StepStatus::succeeded) continue;
    auto const& outputs = ended.step(step).outputs;
    kept.emplace(ended.id(step), outputs ? std::optional(*outputs) : std::nullopt);
  }
  return kept;
}

std::string started_by_rerun(RunId run, std::string_view by) {
  return fmt::format("{}{} by {}", prefix, run.str(), by);
}

std::optional<RunId> repeated_run(std::string_view started_by) {
  if (!started_by.starts_with(prefix)) return std::nullopt;
  auto const run = RunId::parse(started_by.substr(prefix.size(), Ulid::text_size));
  if (!run) return std::nullopt;
  return *run;
}

}  // namespace runcast
