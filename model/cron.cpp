#include "model/cron.hpp"

#include <algorithm>

#include <date/tz.h>

namespace runcast {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

namespace {

constexpr std::uint32_t every_hour = (1U << 24) - 1;
constexpr days horizon{12 * 366};  // 29 February may be 8 years away, where a century has none

// No zone puts its clocks back by more than this.
constexpr hours longest_repetition{3};

// What a local time is in real time.
struct Moments {
  sys_seconds first;
  std::optional<sys_seconds> again;  // where clocks were put back and it comes a second time
  bool skipped = false;              // where they were put forward: `first` is then the moment at which that happened
};

// `local` counts seconds as if it were UTC.
Moments moments_of(date::time_zone const& zone, sys_seconds local) {
  auto const info = zone.get_info(date::local_seconds{local.time_since_epoch()});
  if (info.result == date::local_info::nonexistent) return {info.first.end, std::nullopt, true};
  if (info.result == date::local_info::ambiguous) return {local - info.first.offset, local - info.second.offset, false};
  return {local - info.first.offset, std::nullopt, false};
}

// Keeps the earliest moment after `after`.
class Earliest {
 public:
  explicit Earliest(Timestamp after) : after_(after) {}

  void consider(sys_seconds moment) {
    if (moment > after_ && (!found_ || moment < *found_)) found_ = moment;
  }
  // Whether nothing that begins at `moment` or later can be earlier than what is found.
  bool settled(sys_seconds moment) const { return found_ && *found_ <= moment; }
  std::optional<Timestamp> found() const { return found_; }

 private:
  Timestamp after_;
  std::optional<sys_seconds> found_;
};

}  // namespace

bool Cron::matches_day(std::chrono::year_month_day date) const {
  if ((months_ >> unsigned{date.month()} & 1U) == 0) return false;
  bool const day = (days_ >> unsigned{date.day()} & 1U) != 0;
  bool const weekday = (weekdays_ >> std::chrono::weekday(sys_days{date}).c_encoding() & 1U) != 0;
  return any_day_ || any_weekday_ ? day && weekday : day || weekday;
}

std::optional<Timestamp> Cron::next_after(TimeZone const& zone, Timestamp after) const {
  auto const real = floor<seconds>(after);
  bool const by_elapsed_time = hours_ == every_hour;
  auto begin = floor<minutes>(real + zone.zone().get_info(real).offset);
  if (by_elapsed_time) begin -= longest_repetition;  // of what was there once, some may come again

  Earliest earliest(after);
  auto const first_day = floor<days>(begin);
  for (auto day = first_day; day < first_day + horizon; day += days{1}) {
    if (!matches_day(day)) continue;
    for (int minute_of_day = 0; minute_of_day < 24 * 60; ++minute_of_day) {
      bool const wanted = (hours_ >> (minute_of_day / 60) & 1U) != 0 && (minutes_ >> (minute_of_day % 60) & 1U) != 0;
      auto const local = day + minutes{minute_of_day};
      if (!wanted || local < begin) continue;
      auto const moments = moments_of(zone.zone(), local);
      if (earliest.settled(moments.first)) return earliest.found();
      if (!by_elapsed_time || !moments.skipped) earliest.consider(moments.first);
      if (by_elapsed_time && moments.again) earliest.consider(*moments.again);
    }
  }
  return earliest.found();
}

}  // namespace runcast
