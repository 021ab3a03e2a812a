#include "executor/run_state.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "executor/step_context.hpp"

namespace runcast {
namespace {

bool holds_slot(RunState::Step const& step, Claim claim) {
  return step.phase == RunState::Phase::running && claim != Claim::nothing;
}

std::string explain(events::CancelRequested const& event) {
  if (event.reason == stop_reason::parent) return "the step that started this run was ended";
  if (event.reason == stop_reason::replaced) return "a newer run took this one's place";
  if (event.reason == stop_reason::timeout) return "the run's time was up";
  if (event.reason == stop_reason::cleanup) return "the time for cleaning up was over";
  return fmt::format("cancelled by {}", event.by);
}

}  // namespace

RunState::RunState(RunId run, std::shared_ptr<Plan const> plan)
    : run_(run), plan_(std::move(plan)), steps_(plan_->size()), open_(plan_->size()) {
  auto const& dag = plan_->dag();
  bool const by_layers = plan_->workflow().schedule == ScheduleMode::layers;
  open_in_layer_.resize(dag.layers());
  for (StepIndex i = 0; i < plan_->size(); ++i) {
    steps_[i].base = i;
    steps_[i].unmet = static_cast<std::uint32_t>(dag.needs(i).size()) + (by_layers && dag.layer(i) > 0 ? 1 : 0);
    ++open_in_layer_[dag.layer(i)];
  }
}

void RunState::apply(EventPayload const& payload, Timestamp at) {
  advance(at);
  std::visit([&](auto const& event) { on(event, at); }, payload);
}

void RunState::on(events::RunStart const& event, Timestamp at) {
  status_ = RunStatus::running;
  started_ = at;
  started_by_ = event.started_by;
  inputs_ = event.inputs;
  for (StepIndex i = 0; i < plan_->size(); ++i) {
    if (steps_[i].unmet == 0) decide_fate(i);
  }
}

void RunState::on(events::StepStart const& event, Timestamp at) {
  auto const index = find(event.step_id);
  if (index == no_step) return;
  auto& step = steps_[index];
  step.phase = Phase::running;
  step.status = StepStatus::running;
  step.attempt = event.attempt;
  step.started = at;
  step.child.reset();
  if (holds_slot(step, claim_of(definition(index).kind()))) ++running_;
  if (auto const end = own_end(index)) {
    step.due = *end;
    timers_.push({*end, index});
  }
}

void RunState::on(events::StepRetry const& event, Timestamp at) {
  auto const index = find(event.step_id);
  if (index == no_step) return;
  end_attempt(index);
  auto& step = steps_[index];
  step.status = StepStatus::pending;
  if (step.job) {
    step.job->status = JobStatus::pending;
    step.job->worker.clear();
  }
  if (event.reason == "interrupted") ++step.interrupted;
  if (event.delay <= Millis{0}) {
    make_ready(index);
    return;
  }
  step.phase = Phase::retrying;
  step.due = at + event.delay;
  retries_.push({step.due, index});
}

void RunState::on(events::StepComplete const& event, Timestamp) {
  auto const index = find(event.step_id);
  if (index == no_step || steps_[index].phase == Phase::ended) return;
  end_attempt(index);
  auto& step = steps_[index];
  step.phase = Phase::ended;
  step.status = event.status;
  if (event.outputs) step.outputs = std::make_unique<boost::json::object>(*event.outputs);
  if (is_instance(index)) {
    end_instance(index);
    return;
  }
  count(index);
  tell_dependents(index);
}

void RunState::on(events::CancelRequested const& event, Timestamp at) {
  auto const why = std::make_shared<std::string const>(explain(event));
  if (event.step_id) {
    auto const index = find(*event.step_id);
    if (index == no_step) return;
    stop_step(index, why);
    auto const first = steps_[index].first_instance;
    for (std::uint32_t i = 0; i < steps_[index].instances; ++i) stop_step(first + i, why);
    return;
  }
  if (event.reason == stop_reason::cleanup) {
    cleanup_is_over_ = true;
  } else {
    stopping_ = event.reason;
    stop_asked_ = at;
  }
  stop_error_ = why;
  // What waits is decided on in its turn, when what it needs has ended: so a cleanup comes last in a stop, too.
  for (StepIndex i = 0; i < steps_.size(); ++i) {
    if (is_stopped(i) && steps_[i].phase != Phase::waiting) stop_step(i, why);
  }
}

// Whether a stop of the run concerns this step. `if: always` is spared until the time for cleaning up is over.
bool RunState::is_stopped(StepIndex index) const {
  if (stopping_.empty()) return false;
  return cleanup_is_over_ || definition(index).condition.kind != Condition::Kind::always;
}

void RunState::on(events::ChildStarted const& event, Timestamp) {
  auto const index = find(event.step_id);
  auto const child = RunId::parse(event.child_run_id);
  if (index != no_step && child) steps_[index].child = std::make_unique<RunId>(*child);
}

void RunState::on(events::RunComplete const& event, Timestamp) { status_ = event.status; }

// When a step that no process works for ends by itself: a delay, or an approval that has a timeout.
std::optional<Timestamp> RunState::own_end(StepIndex index) const {
  auto const& step = definition(index);
  std::optional<Millis> length;
  if (auto const* delay = std::get_if<DelayAction>(&step.action)) {
    length = std::min(delay->duration, step.timeout.value_or(delay->duration));
  } else if (step.kind() == StepKind::approval) {
    length = step.timeout;
  }
  if (!length) return std::nullopt;
  return steps_[index].started + *length;
}

void RunState::end_attempt(StepIndex index) {
  if (!is_matrix(index) && holds_slot(steps_[index], claim_of(definition(index).kind()))) --running_;
}

void RunState::count(StepIndex index) {
  --open_;
  if (failed_for_good(index) && failed_++ == 0) first_failed_ = index;
  if (steps_[index].status == StepStatus::cancelled) ++cancelled_;
}

bool RunState::failed_for_good(StepIndex index) const {
  return steps_[index].status == StepStatus::failed && !definition(index).continue_on_error;
}

void RunState::tell_dependents(StepIndex index) {
  auto const& ended = steps_[index];
  bool const failed = failed_for_good(index);
  bool const blocks = failed || ended.status == StepStatus::skipped || ended.status == StepStatus::cancelled;
  for (auto const dependent : plan_->dag().dependents(index)) {
    auto& step = steps_[dependent];
    if (blocks && step.blocked_by == no_step) step.blocked_by = index;
    step.ancestor_failed |= failed || ended.ancestor_failed;
    meet(dependent);
  }
  end_in_layer(plan_->dag().layer(index));
}

void RunState::end_in_layer(std::uint32_t layer) {
  --open_in_layer_[layer];
  if (plan_->workflow().schedule != ScheduleMode::layers) return;
  while (barrier_ + 1 < open_in_layer_.size() && open_in_layer_[barrier_] == 0) {
    ++barrier_;
    for (auto const step : plan_->dag().steps_of_layer(barrier_)) meet(step);
  }
}

void RunState::meet(StepIndex index) {
  if (--steps_[index].unmet == 0) decide_fate(index);
}

void RunState::decide_fate(StepIndex index) {
  if (steps_[index].phase != Phase::waiting) return;
  auto const& definition = this->definition(index);
  if (is_stopped(index)) {
    stop_step(index, stop_error_);
  } else if (!definition.condition.holds(StepContext(*this, index))) {
    settle({.step = index, .status = StepStatus::skipped, .error = skip_reason(index)});
  } else if (definition.matrix) {
    settle({.step = index, .expand = true});
  } else {
    make_ready(index);
  }
}

std::string RunState::skip_reason(StepIndex index) const {
  auto const kind = definition(index).condition.kind;
  auto const need = steps_[index].blocked_by;
  if (kind == Condition::Kind::failure) return "nothing that it needs has failed";
  if (need == no_step) return "its condition does not hold";
  return fmt::format(
      "'{}', which it needs, has {}", id(need),
      steps_[need].status == StepStatus::failed ? "failed" : fmt::format("been {}", to_string(steps_[need].status)));
}

void RunState::make_ready(StepIndex index) {
  auto& step = steps_[index];
  step.phase = Phase::ready;
  step.turn = ++turns_;
  ready_[static_cast<std::size_t>(claim_of(definition(index).kind()))].push_back({step.turn, index});
}

void RunState::settle(Settlement settlement) {
  auto& step = steps_[settlement.step];
  step.phase = Phase::settling;
  step.turn = settlement.turn = ++turns_;
  settlements_.push_back(std::move(settlement));
}

void RunState::stop_step(StepIndex index, std::shared_ptr<std::string const> const& why) {
  switch (steps_[index].phase) {
    case Phase::waiting:
    case Phase::ready:
    case Phase::retrying:
      settle({.step = index, .status = StepStatus::cancelled, .error = *why});
      break;
    case Phase::running:
      if (!is_matrix(index)) steps_[index].stopping = why;
      break;
    case Phase::settling:
    case Phase::ended:
      break;
  }
}

}  // namespace runcast
