#pragma once

#include <string>

#include "base/clock.hpp"

namespace runcast::cli {

// In the user's time zone (TZ): 14:03:07.123
std::string local_time_of_day(Timestamp time);

// In the user's time zone: 2025-11-20 14:03:07
std::string local_date_time(Timestamp time);

}  // namespace runcast::cli
