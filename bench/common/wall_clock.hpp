#pragma once

#include <cstdint>
#include <ctime>

namespace runcast::bench {

// Nanoseconds since the Unix epoch: the clock that producers write into their events and the load reads.
inline std::int64_t wall_clock_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace runcast::bench
