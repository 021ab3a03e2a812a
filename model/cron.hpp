#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/fault.hpp"

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the library calls it so
}

namespace runcast {

// A zone of the system's time zone database ("Europe/Berlin", "UTC"). Cheap to copy; any thread.
// Changes of its clocks are known up to 2037, as far as the database lists them.
class TimeZone {
 public:
  static Result<TimeZone> find(std::string_view name);

  date::time_zone const& zone() const { return *zone_; }

 private:
  explicit TimeZone(date::time_zone const* zone) : zone_(zone) {}
  date::time_zone const* zone_;  // lives as long as the process
};

// When something happens again and again, in the five fields of cron(5): minute, hour, day of the month, month, day of
// the week. Lists, ranges, steps, names (jan, mon), 7 for Sunday, and @hourly, @daily (@midnight), @weekly, @monthly,
// @yearly (@annually). Where both days are limited, either will do.
class Cron {
 public:
  // A field that is out of its range, or days that never come (30 February), are errors.
  static boost::system::result<Cron, TextError> parse(std::string_view text);

  // The first time after `after`. Where clocks are put forward, a time that is skipped happens at the next one that
  // there is, once; where they are put back, a time that comes twice happens at the first. With every hour in its hour
  // field, it goes by elapsed time instead: each of the two hours counts, the skipped one does not.
  // Nothing if that is not within 12 years.
  std::optional<Timestamp> next_after(TimeZone const& zone, Timestamp after) const;

 private:
  bool matches_day(std::chrono::year_month_day day) const;

  std::uint64_t minutes_ = 0;  // bit n: minute n
  std::uint32_t hours_ = 0;
  std::uint32_t days_ = 0;
  std::uint32_t months_ = 0;
  std::uint32_t weekdays_ = 0;  // bit 0: Sunday
  bool any_day_ = false;        // the field begins with '*'
  bool any_weekday_ = false;
};

}  // namespace runcast
