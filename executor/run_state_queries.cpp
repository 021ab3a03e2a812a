// What a run's state says about what is next.
#include "executor/run_state.hpp"

#include <algorithm>
#include <charconv>

#include "model/matrix.hpp"

namespace runcast {

Claim claim_of(StepKind kind) {
  switch (kind) {
    case StepKind::approval:
      return Claim::nothing;
    case StepKind::delay:
    case StepKind::workflow:
    case StepKind::job:
      return Claim::run_slot;
    case StepKind::run:
    case StepKind::http:
      break;
  }
  return Claim::server_slot;
}

std::string RunState::id(StepIndex index) const {
  auto const& base = definition(index).id;
  if (!is_instance(index)) return base;
  return instance_id(base, index - steps_[steps_[index].base].first_instance);
}

StepIndex RunState::find(std::string_view id) const {
  if (auto const* found = plan_->find(id)) return *found;
  auto const bracket = id.find('[');
  if (bracket == id.npos || !id.ends_with(']')) return no_step;
  auto const* base = plan_->find(id.substr(0, bracket));
  auto const number = id.substr(bracket + 1, id.size() - bracket - 2);
  std::uint32_t value = 0;
  auto const [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (!base || error != std::errc{} || end != number.data() + number.size()) return no_step;
  return value < steps_[*base].instances ? steps_[*base].first_instance + value : no_step;
}

void RunState::advance(Timestamp now) {
  while (!retries_.empty() && retries_.top().at <= now) {
    auto const due = retries_.top();
    retries_.pop();
    auto const& step = steps_[due.step];
    if (step.phase == Phase::retrying && step.due == due.at) make_ready(due.step);
  }
}

StepIndex RunState::next_ready(bool server_slot) {
  for (auto& queue : ready_) {
    auto const over = [this](Ready const& entry) {
      return steps_[entry.step].phase != Phase::ready || steps_[entry.step].turn != entry.turn;
    };
    while (!queue.empty() && over(queue.front())) queue.pop_front();
  }
  auto const& [free, run_slot, both] = ready_;
  if (!free.empty()) return free.front().step;
  auto const limit = plan_->workflow().max_parallel;
  if (limit > 0 && running_ >= static_cast<std::size_t>(limit)) return no_step;
  if (both.empty() || !server_slot) return run_slot.empty() ? no_step : run_slot.front().step;
  if (run_slot.empty() || both.front().turn < run_slot.front().turn) return both.front().step;
  return run_slot.front().step;
}

RunState::Settlement const* RunState::next_settlement() {
  auto const over = [this](Settlement const& entry) {
    auto const& step = steps_[entry.step];
    return step.phase != Phase::settling || step.turn != entry.turn;
  };
  while (!settlements_.empty() && over(settlements_.front())) settlements_.pop_front();
  return settlements_.empty() ? nullptr : &settlements_.front();
}

template <class Valid>
void RunState::drop_stale(DueQueue& queue, Valid valid) {
  while (!queue.empty() && !valid(queue.top())) queue.pop();
}

StepIndex RunState::next_elapsed(Timestamp now) {
  drop_stale(timers_, [this](Due const& due) {
    return steps_[due.step].phase == Phase::running && steps_[due.step].due == due.at;
  });
  return timers_.empty() || timers_.top().at > now ? no_step : timers_.top().step;
}

std::optional<Timestamp> RunState::next_due() {
  next_elapsed(Timestamp::min());
  drop_stale(retries_, [this](Due const& due) {
    return steps_[due.step].phase == Phase::retrying && steps_[due.step].due == due.at;
  });
  if (retries_.empty() && timers_.empty()) return std::nullopt;
  if (retries_.empty()) return timers_.top().at;
  if (timers_.empty()) return retries_.top().at;
  return std::min(retries_.top().at, timers_.top().at);
}

}  // namespace runcast
