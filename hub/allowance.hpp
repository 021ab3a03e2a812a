#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace runcast {

// How much a peer may send: a burst, and a rate above which it is read more slowly, never cut off. It is told the time;
// it has no clock of its own.
class Allowance {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Allowance(std::int64_t burst, std::int64_t per_second, Time now)
      : burst_(burst), per_second_(per_second), left_(burst), at_(now) {}

  // So much came. Tells how long to wait before more is read.
  std::chrono::milliseconds spend(Time now, std::int64_t amount) {
    auto const elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - at_).count();
    if (elapsed > 0) {
      left_ = elapsed >= 60'000 ? burst_ : std::min(burst_, left_ + elapsed * per_second_ / 1000);
      at_ = now;
    }
    left_ -= amount;
    return std::chrono::milliseconds(left_ >= 0 ? 0 : -left_ * 1000 / per_second_ + 1);
  }

 private:
  std::int64_t burst_;
  std::int64_t per_second_;
  std::int64_t left_;
  Time at_;
};

}  // namespace runcast
