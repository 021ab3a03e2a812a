#pragma once

#include "base/clock.hpp"
#include "model/workflow.hpp"

namespace runcast {

enum class Outcome { succeeded, failed, timed_out, interrupted, cancelled };

struct RetryDecision {
  bool again = false;
  Millis delay{};  // before the next attempt

  friend bool operator==(RetryDecision const&, RetryDecision const&) = default;
};

// Whether a step is tried again after an attempt has ended so. `attempts` counts the attempts that were made, this one
// included and those without that the end of the server interrupted. `random` is evenly spread over [0,1).
RetryDecision decide(RetryPolicy const& policy, OnInterrupt on_interrupt, int attempts, Outcome outcome, double random);

}  // namespace runcast
