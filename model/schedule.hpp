#pragma once

#include <optional>
#include <vector>

#include "model/workflow.hpp"

namespace runcast {

// A start that comes later than this has been missed: the server was down, or the machine asleep.
inline constexpr Millis punctual_within = std::chrono::minutes(1);

// Of all times that were missed, the newest so many start a run where `missed` is `all`.
inline constexpr std::size_t max_missed_starts = 100;

// The last of a cron line's times in (after, until].
std::optional<Timestamp> last_time(Cron const& cron, TimeZone const& zone, Timestamp after, Timestamp until);

// The times in (after, now] for which a run starts now, oldest first: the punctual one, and of the others those that
// the trigger's `missed` asks for.
std::vector<Timestamp> due_starts(ScheduleTrigger const& trigger, TimeZone const& zone, Timestamp after, Timestamp now);

}  // namespace runcast
