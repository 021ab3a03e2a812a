// What a run does for one attempt, by the kind of its step.
#include <fmt/format.h>

#include "executor/active_run.hpp"
#include "executor/child_run.hpp"
#include "executor/run_command.hpp"
#include "executor/run_http.hpp"
#include "executor/step_context.hpp"
#include "logger/console.hpp"

namespace runcast {

Awaitable<> ActiveRun::work(std::shared_ptr<Attempt> attempt) {
  AttemptResult result;
  try {
    result = co_await run_attempt(attempt);
  } catch (std::exception const& bug) {
    if (is_cancellation(std::current_exception())) throw;
    services_.console.log(Level::error, fmt::format("{} {}: {}", id().str(), attempt->step_id, bug.what()));
    result = {.outcome = Outcome::failed, .error = bug.what()};
  }
  hide_secrets(result);
  attempts_.erase(attempt->step);
  if (attempt->holds_slot) {
    --commands_;
    services_.slots.give_back();
  }
  happen(Ended{attempt->step, attempt->number, std::move(result)});
}

void ActiveRun::hide_secrets(AttemptResult& result) const {
  if (mask_.empty()) return;
  if (result.error) mask_.apply(*result.error);
  if (result.outputs) mask_.apply(*result.outputs);
}

Awaitable<AttemptResult> ActiveRun::run_attempt(std::shared_ptr<Attempt> attempt) {
  auto const& definition = scheduler_.state().definition(attempt->step);
  asio::steady_timer limit(services_.thread);
  if (definition.timeout) {
    limit.expires_after(*definition.timeout);
    limit.async_wait([attempt](sys::error_code error) {
      if (!error) attempt->end(Attempt::Ending::timed_out);
    });
  }
  switch (definition.kind()) {
    case StepKind::workflow:
      co_return co_await run_child(services_, *this, attempt);
    case StepKind::http:
      co_return co_await run_http_attempt(attempt);
    default:
      co_return co_await run_command_attempt(attempt);
  }
}

Awaitable<AttemptResult> ActiveRun::run_http_attempt(std::shared_ptr<Attempt> attempt) {
  auto const& definition = scheduler_.state().definition(attempt->step);
  auto const& action = std::get<HttpAction>(definition.action);
  auto request = prepare(action, StepContext(scheduler_.state(), attempt->step, &services_.options.secrets));
  if (!request) co_return AttemptResult{.outcome = Outcome::failed, .error = request.error().message};
  auto const limit = definition.timeout.value_or(services_.options.http_timeout);
  co_return co_await run_http(services_, id(), mask_, attempt, action, std::move(*request), limit);
}

Awaitable<AttemptResult> ActiveRun::run_command_attempt(std::shared_ptr<Attempt> attempt) {
  if (!std::exchange(directory_made_, true)) {
    if (auto const made = directory().create(); !made) {
      directory_made_ = false;
      co_return AttemptResult{.outcome = Outcome::failed, .error = made.error().message};
    }
  }
  StepContext const context(scheduler_.state(), attempt->step, &services_.options.secrets);
  auto command = command_for(context, *attempt, directory(), services_.base_environment);
  if (!command) co_return AttemptResult{.outcome = Outcome::failed, .error = command.error().message};
  auto const outputs = directory().outputs(*attempt);
  co_return co_await run_command(services_, id(), mask_, attempt, std::move(*command), outputs);
}

}  // namespace runcast
