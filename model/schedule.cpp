#include "model/schedule.hpp"

#include <algorithm>

namespace runcast {
namespace {

// The newest times in (after, until], at most `count`, oldest first.
std::vector<Timestamp> last_times(Cron const& cron, TimeZone const& zone, Timestamp after, Timestamp until,
                                  std::size_t count) {
  std::vector<Timestamp> times;
  while (times.size() < count) {
    auto const time = last_time(cron, zone, after, until);
    if (!time) break;
    times.push_back(*time);
    until = *time - Millis{1};
  }
  std::reverse(times.begin(), times.end());
  return times;
}

std::size_t missed_starts(ScheduleTrigger::Missed missed) {
  switch (missed) {
    case ScheduleTrigger::Missed::skip:
      return 0;
    case ScheduleTrigger::Missed::once:
      return 1;
    case ScheduleTrigger::Missed::all:
      return max_missed_starts;
  }
  return 0;
}

}  // namespace

std::optional<Timestamp> last_time(Cron const& cron, TimeZone const& zone, Timestamp after, Timestamp until) {
  auto found = cron.next_after(zone, after);
  if (!found || *found > until) return std::nullopt;
  // The time after t never falls as t grows, so the last one is searched for by halves.
  Timestamp low = *found;  // always one of the times
  Timestamp high = until;  // never before the last one
  while (low < high) {
    auto const middle = low + (high - low) / 2;
    auto const next = cron.next_after(zone, middle);
    if (next && *next <= until) {
      low = *next;
    } else {
      high = middle;
    }
  }
  return low;
}

std::vector<Timestamp> due_starts(ScheduleTrigger const& trigger, TimeZone const& zone, Timestamp after,
                                  Timestamp now) {
  auto const boundary = std::max(after, now - punctual_within);
  auto times = last_times(trigger.cron, zone, after, boundary, missed_starts(trigger.missed));
  auto const punctual = last_times(trigger.cron, zone, boundary, now, max_missed_starts);
  times.insert(times.end(), punctual.begin(), punctual.end());
  return times;
}

}  // namespace runcast
