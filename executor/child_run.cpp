#include "executor/child_run.hpp"

#include <fmt/format.h>

#include "executor/runs.hpp"
#include "executor/step_context.hpp"
#include "model/template.hpp"

namespace runcast {
namespace {

AttemptResult failed(std::string error) { return {.outcome = Outcome::failed, .error = std::move(error)}; }

// The child that an earlier server started, or a new one, stored together with the event that names it.
Awaitable<Result<RunId>> find_or_start(Services const& services, ActiveRun& parent, Attempt const& attempt) {
  auto const& state = parent.state();
  if (auto const& child = state.step(attempt.step).child) co_return *child;
  auto const& action = std::get<WorkflowAction>(state.definition(attempt.step).action);
  auto inputs = render(action.inputs, StepContext(state, attempt.step));
  if (!inputs) co_return inputs.error();
  auto launch =
      co_await services.runs.prepare_child(parent, attempt.step_id, action.name, std::move(inputs->as_object()));
  if (!launch) co_return launch.error();
  if (attempt.ending != Attempt::Ending::none) co_return fail(Errc::cancelled, "cancelled before it began");

  auto const stored = co_await parent.request([&](ActiveRun::Turn& turn) -> Result<void> {
    turn.also.push_back(Runs::creation(*launch, turn.now, false));
    turn.scheduler.child_started(attempt.step, launch->id, turn.now, turn.decision);
    return {};
  });
  if (!stored) co_return stored.error();
  auto const id = launch->id;
  services.runs.adopt(std::move(*launch));
  co_return id;
}

}  // namespace

Awaitable<AttemptResult> run_child(Services const& services, ActiveRun& parent, std::shared_ptr<Attempt> attempt) {
  auto const child = co_await find_or_start(services, parent, *attempt);
  if (!child) {
    auto result = failed(child.error().message);
    result.outcome = outcome_of(attempt->ending, false);
    co_return result;
  }
  attempt->end_now = [&runs = services.runs, child = *child, parent = parent.id()] {
    runs.cancel_child(child, parent);
  };
  if (attempt->ending != Attempt::Ending::none) attempt->end_now();
  auto const status = co_await services.runs.ended(*child);
  if (!status) co_return failed(status.error().message);

  // One that had succeeded before the cancel reached it has succeeded.
  AttemptResult result;
  if (*status != RunStatus::succeeded) result.outcome = outcome_of(attempt->ending, false);
  if (result.outcome == Outcome::failed) {
    result.error =
        fmt::format("its run {} {}", child->str(), *status == RunStatus::cancelled ? "was cancelled" : "failed");
  }
  result.outputs = {{"runId", child->str()}, {"status", to_string(*status)}};
  co_return result;
}

}  // namespace runcast
