#pragma once

#include "executor/scheduler.hpp"

namespace runcast {

// What a new run of the same definition need not do again: the steps that succeeded, and whose needs are all kept, with
// their outputs.
Scheduler::Kept kept_steps(RunState const& ended);

// `startedBy` of a run that repeats another one, and the other one again.
std::string started_by_rerun(RunId run, std::string_view by);
std::optional<RunId> repeated_run(std::string_view started_by);

}  // namespace runcast
