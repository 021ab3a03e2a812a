#pragma once

#include "executor/attempt.hpp"
#include "executor/attempt_result.hpp"
#include "executor/services.hpp"
#include "executor/spawn/command.hpp"

namespace runcast {

// Runs a command to its end, its lines through the logger and its outputs from the file `outputs`. It is ended, with
// SIGTERM first, when the attempt is told to end.
Awaitable<AttemptResult> run_command(Services const& services, RunId run, Mask const& mask,
                                     std::shared_ptr<Attempt> attempt, Command command, std::string outputs);

}  // namespace runcast
