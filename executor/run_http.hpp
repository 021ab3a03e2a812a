#pragma once

#include "executor/attempt.hpp"
#include "executor/attempt_result.hpp"
#include "executor/http/request.hpp"
#include "executor/services.hpp"

namespace runcast {

// Makes the request of an `http` step. It says in one log line what came of it; the answer becomes the outputs.
Awaitable<AttemptResult> run_http(Services const& services, RunId run, Mask const& mask,
                                  std::shared_ptr<Attempt> attempt, HttpAction const& action, HttpRequest request,
                                  Millis limit);

}  // namespace runcast
