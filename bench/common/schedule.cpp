#include "bench/common/schedule.hpp"

#include <algorithm>

namespace runcast::bench {
namespace {

constexpr double second = 1e9;

}  // namespace

std::uint64_t Schedule::total() const {
  return options_.mode == Mode::burst ? options_.messages
                                      : static_cast<std::uint64_t>(options_.rate * options_.seconds);
}

std::uint64_t Schedule::due(std::int64_t now) const {
  if (!started()) return 0;
  switch (options_.mode) {
    case Mode::idle:
      return 0;
    case Mode::burst:
      return options_.messages;
    case Mode::saturated:
      return finished(0, now) ? 0 : unbounded;
    case Mode::rate:
      break;
  }
  auto const elapsed = static_cast<double>(now - started_) / second;
  return std::min(total(), static_cast<std::uint64_t>(elapsed * options_.rate));
}

std::int64_t Schedule::due_time(std::uint64_t n, std::int64_t now) const {
  if (options_.mode != Mode::rate) return now;
  return started_ + static_cast<std::int64_t>(static_cast<double>(n + 1) / options_.rate * second);
}

bool Schedule::finished(std::uint64_t produced, std::int64_t now) const {
  if (!started() || options_.mode == Mode::idle) return false;
  if (options_.mode != Mode::saturated) return produced >= total();
  return static_cast<double>(now - started_) / second >= options_.seconds;
}

}  // namespace runcast::bench
