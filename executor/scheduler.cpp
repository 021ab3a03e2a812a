#include "executor/scheduler.hpp"

#include <cstring>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "executor/step_context.hpp"
#include "model/matrix.hpp"

namespace runcast {
namespace {

// Evenly spread over [0,1), and always the same for one attempt of one run, so that a replay draws what was drawn.
double chance(RunId const& run, StepIndex step, int attempt) {
  std::uint64_t bits;
  std::memcpy(&bits, run.ulid().bytes().data() + 8, sizeof bits);
  bits += 0x9e3779b97f4a7c15 * ((std::uint64_t{step} << 20) + static_cast<std::uint64_t>(attempt) + 1);
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;  // splitmix64's finish
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((bits ^ (bits >> 31)) >> 11) * 0x1p-53;
}

std::string reason_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::timed_out:
      return "timeout";
    case Outcome::interrupted:
      return "interrupted";
    default:
      return "failed";
  }
}

}  // namespace

void Scheduler::emit(EventPayload payload, Timestamp now, Decision& out) {
  state_.apply(payload, now);
  out.events.push_back(std::move(payload));
}

void Scheduler::begin(Start start, Timestamp now, Decision& out) {
  auto const& plan = state_.plan();
  emit(events::RunStart{.workflow = plan.workflow().name,
                        .version = start.version,
                        .inputs = std::move(start.inputs),
                        .layers = layer_ids(plan.workflow(), plan.dag()),
                        .started_by = std::move(start.started_by)},
       now, out);
  for (auto const step : plan.dag().order()) {
    auto const kept = start.kept.find(state_.id(step));
    if (kept != start.kept.end()) complete(step, StepStatus::succeeded, {.outputs = kept->second}, now, out);
  }
  settle(now, out);
}

void Scheduler::resume(Timestamp now, Decision& out) {
  state_.advance(now);
  auto const size = static_cast<StepIndex>(state_.size());
  for (StepIndex step = 0; step < size; ++step) {
    if (state_.step(step).phase != RunState::Phase::running || state_.is_matrix(step)) continue;
    resume_step(step, now, out);
    settle(now, out);
  }
  settle(now, out);
}

void Scheduler::resume_step(StepIndex step, Timestamp now, Decision& out) {
  bool const stopping = state_.step(step).stopping != nullptr;
  switch (state_.definition(step).kind()) {
    case StepKind::delay:
    case StepKind::approval:
      if (stopping) end_attempt(step, {.outcome = Outcome::cancelled}, now, out);
      break;
    case StepKind::workflow:
      // The child goes on by itself. One that was not created yet is created now.
      if (stopping && !state_.step(step).child) {
        end_attempt(step, {.outcome = Outcome::cancelled}, now, out);
      } else {
        out.start.push_back(step);
        if (stopping) out.end.push_back(step);
      }
      break;
    case StepKind::job:
      // It is in the queue, or a worker has it.
      if (stopping) {
        end_attempt(step, {.outcome = Outcome::cancelled}, now, out);
      } else {
        out.start.push_back(step);
      }
      break;
    case StepKind::run:
    case StepKind::http:
      end_attempt(step, {.outcome = Outcome::interrupted}, now, out);
      break;
  }
}

StepIndex Scheduler::next(bool server_slot, Timestamp now) {
  state_.advance(now);
  return state_.next_ready(server_slot);
}

bool Scheduler::start_next(bool server_slot, Timestamp now, Decision& out) {
  auto const step = next(server_slot, now);
  if (step == no_step) return false;
  auto const& state = state_.step(step);
  auto const& definition = state_.definition(step);
  auto const id = state_.id(step);
  events::StepStart start{.step_id = id,
                          .name = definition.name,
                          .kind = definition.kind(),
                          .layer = static_cast<int>(state_.plan().dag().layer(state.base)),
                          .attempt = state.attempt + 1,
                          .matrix = {}};
  if (state.matrix) start.matrix = *state.matrix;
  emit(std::move(start), now, out);
  if (definition.kind() == StepKind::job) submit_job(step, now, out);
  if (auto const* approval = std::get_if<ApprovalAction>(&definition.action)) {
    emit(events::ApprovalRequested{.step_id = id, .message = approval->message}, now, out);
  } else if (definition.kind() != StepKind::delay) {
    out.start.push_back(step);
  }
  return true;
}

void Scheduler::ended(StepIndex step, AttemptResult result, Timestamp now, Decision& out) {
  if (state_.step(step).phase != RunState::Phase::running) return;
  end_attempt(step, std::move(result), now, out);
  settle(now, out);
}

void Scheduler::end_attempt(StepIndex index, AttemptResult result, Timestamp now, Decision& out) {
  auto const& step = state_.step(index);
  auto const& definition = state_.definition(index);
  if (result.outcome == Outcome::succeeded) {
    complete(index, StepStatus::succeeded, std::move(result), now, out);
    return;
  }
  if (step.stopping || result.outcome == Outcome::cancelled) {
    if (step.stopping) result.error = *step.stopping;
    complete(index, StepStatus::cancelled, std::move(result), now, out);
    return;
  }
  if (result.outcome == Outcome::timed_out && !result.error && definition.timeout) {
    result.error = fmt::format("its time of {} was up", format_duration(*definition.timeout));
  }
  if (result.outcome == Outcome::interrupted && !result.error) result.error = "the server ended while it ran";
  Millis delay{};
  if (!tries_again(index, result, delay)) {
    if (step.job && result.outcome == Outcome::interrupted && step.interrupted >= limits_.job_losses) {
      result.error = fmt::format("lost {} times, the last time: {}", step.interrupted + 1, *result.error);
    }
    complete(index, StepStatus::failed, std::move(result), now, out);
    return;
  }
  emit(events::StepRetry{.step_id = state_.id(index),
                         .attempt = step.attempt,
                         .delay = delay,
                         .reason = reason_of(result.outcome),
                         .error = std::move(result.error),
                         .job = mark_of(index)},
       now, out);
}

bool Scheduler::tries_again(StepIndex index, AttemptResult const& result, Millis& delay) const {
  auto const& step = state_.step(index);
  auto const& definition = state_.definition(index);
  if (!result.retryable) return false;
  if (step.job && result.outcome == Outcome::interrupted && step.interrupted >= limits_.job_losses) return false;
  auto const decision = decide(definition.retry, definition.on_interrupt, step.attempt - step.interrupted,
                               result.outcome, chance(state_.run(), index, step.attempt));
  delay = decision.delay;
  return decision.again;
}

std::optional<events::JobMark> Scheduler::mark_of(StepIndex step) const {
  return state_.step(step).job ? std::optional(state_.job_mark(step)) : std::nullopt;
}

void Scheduler::complete(StepIndex index, StepStatus status, AttemptResult result, Timestamp now, Decision& out) {
  auto const& step = state_.step(index);
  bool const ran = step.phase == RunState::Phase::running || step.instances > 0;
  emit(events::StepComplete{.step_id = state_.id(index),
                            .status = status,
                            .attempt = step.attempt,
                            .duration = ran ? now - step.started : Millis{0},
                            .exit_code = result.exit_code,
                            .signal = std::move(result.signal),
                            .error = std::move(result.error),
                            .outputs = std::move(result.outputs),
                            .job = mark_of(index)},
       now, out);
}

void Scheduler::child_started(StepIndex step, RunId child, Timestamp now, Decision& out) {
  emit(events::ChildStarted{.step_id = state_.id(step), .child_run_id = child.str()}, now, out);
}

void Scheduler::settle(Timestamp now, Decision& out) {
  while (auto const* next = state_.next_settlement()) {
    if (next->expand) {
      expand_matrix(next->step, now, out);
      continue;
    }
    AttemptResult result;
    if (!next->error.empty()) result.error = next->error;
    if (auto const& outputs = state_.step(next->step).outputs) result.outputs = *outputs;
    complete(next->step, next->status, std::move(result), now, out);
  }
  if (state_.open() == 0 && state_.status() == RunStatus::running) finish(now, out);
}

void Scheduler::expand_matrix(StepIndex step, Timestamp now, Decision& out) {
  auto const room = limits_.instances - std::min(limits_.instances, state_.size() - state_.plan().size());
  auto instances = expand(*state_.definition(step).matrix, StepContext(state_, step), room);
  if (!instances) {
    complete(step, StepStatus::failed, {.error = instances.error().message}, now, out);
    return;
  }
  emit(events::MatrixExpanded{.step_id = state_.id(step), .instances = std::move(*instances)}, now, out);
}

void Scheduler::finish(Timestamp now, Decision& out) {
  events::RunComplete end{.status = RunStatus::succeeded, .duration = now - state_.started(), .error = {}};
  bool const cancelled = !state_.stopping().empty() || (state_.failed() == 0 && state_.cancelled() > 0);
  if (state_.stopping() == stop_reason::timeout) {
    end.status = RunStatus::failed;
    end.error = fmt::format("its time of {} was up", format_duration(*state_.plan().workflow().timeout));
  } else if (cancelled) {
    end.status = RunStatus::cancelled;
  } else if (state_.failed() > 0) {
    end.status = RunStatus::failed;
    auto const first = state_.id(state_.first_failed());
    end.error = state_.failed() == 1 ? fmt::format("step '{}' failed", first)
                                     : fmt::format("{} steps failed, '{}' first", state_.failed(), first);
  }
  emit(std::move(end), now, out);
}

void Scheduler::elapse(Timestamp now, Decision& out) {
  state_.advance(now);
  for (auto step = state_.next_elapsed(now); step != no_step; step = state_.next_elapsed(now)) {
    elapse_one(step, now, out);
    settle(now, out);
  }
  if (auto const deadline = run_deadline(); deadline && *deadline <= now) {
    auto const reason = state_.stopping().empty() ? stop_reason::timeout : stop_reason::cleanup;
    static_cast<void>(cancel({}, "runcast", reason, now, out));  // a stop of the whole run finds its run
  }
}

void Scheduler::elapse_one(StepIndex step, Timestamp now, Decision& out) {
  auto const& definition = state_.definition(step);
  auto const* delay = std::get_if<DelayAction>(&definition.action);
  bool const in_time = delay && (!definition.timeout || delay->duration <= *definition.timeout);
  end_attempt(step, {.outcome = in_time ? Outcome::succeeded : Outcome::timed_out}, now, out);
}

std::optional<Timestamp> Scheduler::next_due() {
  auto const due = state_.next_due();
  auto const deadline = run_deadline();
  if (due && deadline) return std::min(*due, *deadline);
  return due ? due : deadline;
}

std::optional<Timestamp> Scheduler::run_deadline() const {
  if (state_.status() != RunStatus::running || state_.cleanup_is_over()) return std::nullopt;
  if (!state_.stopping().empty()) return state_.stop_asked() + limits_.cleanup;
  if (auto const timeout = state_.plan().workflow().timeout) return state_.started() + *timeout;
  return std::nullopt;
}

}  // namespace runcast
