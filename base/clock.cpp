#include "base/clock.hpp"

#include <fmt/chrono.h>
#include <atomic>

namespace runcast {
namespace {

std::atomic<std::int64_t> newest{0};

}  // namespace

Timestamp wall_clock_now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

Timestamp system_time() {
  std::int64_t const now = to_epoch_ms(wall_clock_now());
  std::int64_t seen = newest.load(std::memory_order_relaxed);
  while (seen < now && !newest.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
  }
  return from_epoch_ms(std::max(seen, now));
}

void raise_system_time(Timestamp floor) {
  std::int64_t seen = newest.load(std::memory_order_relaxed);
  while (seen < to_epoch_ms(floor) &&
         !newest.compare_exchange_weak(seen, to_epoch_ms(floor), std::memory_order_relaxed)) {
  }
}

std::string iso8601(Timestamp time) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (time - seconds).count());
}

std::string http_date(Timestamp time) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

}  // namespace runcast
