#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace runcast {

// A number with a unit (`250ms`, `5s`, `1.5m`, `1h`, `2d`); a bare whole number is seconds. Not negative; at most 10
// years, so that adding one to a time cannot overflow.
Result<Millis> parse_duration(std::string_view text);

// For people: 250ms, 1.5s, 2m 5s, 1h 3m, 2d 4h.
std::string format_duration(Millis duration);

}  // namespace runcast
