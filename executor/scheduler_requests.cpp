// What people ask of a run.
#include <fmt/format.h>

#include "executor/scheduler.hpp"

namespace runcast {

Result<void> Scheduler::cancel(std::string_view step, std::string_view by, std::string_view reason, Timestamp now,
                               Decision& out) {
  events::CancelRequested event{.step_id = {}, .by = std::string(by), .reason = std::string(reason)};
  auto first = StepIndex{0};
  auto last = static_cast<StepIndex>(state_.size());
  if (!step.empty()) {
    first = state_.find(step);
    if (first == no_step) return fail(Errc::not_found, fmt::format("the run has no step '{}'", step));
    last = first + 1;
    auto const& target = state_.step(first);
    if (target.phase == RunState::Phase::ended || target.stopping) return {};
    event.step_id = std::string(step);
  } else if (state_.status() != RunStatus::running || (!state_.stopping().empty() && reason != stop_reason::cleanup)) {
    return {};
  }
  emit(std::move(event), now, out);
  end_stopped(first, last, now, out);
  if (!step.empty() && state_.step(first).instances > 0) {
    auto const instances = state_.step(first).first_instance;
    end_stopped(instances, instances + state_.step(first).instances, now, out);
  }
  settle(now, out);
  return {};
}

void Scheduler::end_stopped(StepIndex first, StepIndex last, Timestamp now, Decision& out) {
  for (auto step = first; step < last; ++step) {
    if (state_.step(step).phase != RunState::Phase::running || !state_.step(step).stopping) continue;
    auto const kind = state_.definition(step).kind();
    if (kind == StepKind::delay || kind == StepKind::approval) {
      end_attempt(step, {.outcome = Outcome::cancelled}, now, out);
    } else {
      out.end.push_back(step);
    }
  }
}

Result<void> Scheduler::decide_approval(std::string_view id, bool approved, std::string_view by,
                                        std::optional<std::string> comment, Timestamp now, Decision& out) {
  auto const step = state_.find(id);
  if (step == no_step) return fail(Errc::not_found, fmt::format("the run has no step '{}'", id));
  if (state_.definition(step).kind() != StepKind::approval || state_.step(step).phase != RunState::Phase::running ||
      state_.is_matrix(step)) {
    return fail(Errc::conflict, fmt::format("step '{}' does not wait for a decision", id));
  }
  AttemptResult result;
  if (!approved) {
    result.outcome = Outcome::failed;
    result.error = comment ? fmt::format("rejected by {}: {}", by, *comment) : fmt::format("rejected by {}", by);
  }
  emit(
      events::ApprovalDecided{
          .step_id = std::string(id), .approved = approved, .by = std::string(by), .comment = std::move(comment)},
      now, out);
  complete(step, approved ? StepStatus::succeeded : StepStatus::failed, std::move(result), now, out);
  settle(now, out);
  return {};
}

}  // namespace runcast
