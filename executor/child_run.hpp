#pragma once

#include "executor/active_run.hpp"
#include "executor/attempt_result.hpp"

namespace runcast {

// Works on a step of kind `workflow`: starts its child run, or takes up the one that was started before a restart, and
// waits for the child's end. The child is cancelled when the attempt is told to end.
Awaitable<AttemptResult> run_child(Services const& services, ActiveRun& parent, std::shared_ptr<Attempt> attempt);

}  // namespace runcast
