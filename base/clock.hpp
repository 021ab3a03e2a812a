#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace runcast {

using Millis = std::chrono::milliseconds;

// Wall-clock time, whole milliseconds since the Unix epoch, as every stored and sent time is.
using Timestamp = std::chrono::sys_time<Millis>;

inline std::int64_t to_epoch_ms(Timestamp time) { return time.time_since_epoch().count(); }
inline Timestamp from_epoch_ms(std::int64_t ms) { return Timestamp{Millis{ms}}; }

// Now, by the system's clock. The only place that reads it; rules take time as an argument. Any thread.
Timestamp wall_clock_now();

// Now, but never earlier than any time that this process has been given by `system_time()` or `raise_system_time()`:
// times within a log never go back, whatever NTP does. Any thread.
Timestamp system_time();

// Makes `system_time()` go on from `floor` at least: the newest stored time, after a restart. Any thread.
void raise_system_time(Timestamp floor);

// ISO 8601 in UTC with milliseconds: 2025-11-20T23:59:12.123Z
std::string iso8601(Timestamp time);

// As HTTP writes a date (RFC 9110, 5.6.7): Thu, 20 Nov 2025 23:59:12 GMT
std::string http_date(Timestamp time);

}  // namespace runcast
