#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace runcast::cli {

// How long to wait before the `attempt`th try (from 0) to reach a lost server: a quarter of a second, doubling up to
// ten, and of that a part (`random`, 0 to 1, chooses from half to all) so that followers do not come back as one.
inline Millis backoff_delay(int attempt, double random) {
  Millis const longest{10'000};
  Millis const delay = std::min(longest, Millis{250} * (1 << std::min(attempt, 6)));
  return Millis{static_cast<Millis::rep>(static_cast<double>(delay.count()) * (0.5 + random / 2))};
}

}  // namespace runcast::cli
