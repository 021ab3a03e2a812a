#pragma once

#include <map>
#include <set>
#include <string>

#include "store/store.hpp"

// How far the schedules of stored workflows have come, in the database. A mark is set in the transaction that creates
// the run, so that a time starts one run at most, whenever the server dies.
namespace runcast {

// The marks of a workflow's schedules, by the schedules' keys.
using ScheduleMarks = std::map<std::string, Timestamp, std::less<>>;
Awaitable<Result<ScheduleMarks>> schedule_marks(Store& store, std::string workflow);

// Sets the mark. conflict: it stands there or further on already.
WriteOp advance_mark(std::string workflow, std::string schedule, Timestamp time);

// Forgets those of the workflow's marks that belong to none of its `schedules` any more: one that comes back later
// begins anew.
WriteOp keep_marks(std::string workflow, std::set<std::string> schedules);

}  // namespace runcast
