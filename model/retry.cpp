#include "model/retry.hpp"

#include <algorithm>
#include <cmath>

namespace runcast {

namespace {

// No delay is longer, whatever a policy says: that of parse_duration(), so that adding one to a time cannot overflow.
constexpr Millis longest_delay = std::chrono::days(3650);

Millis delay_after(RetryPolicy const& policy, int attempts, double random) {
  auto const longest = static_cast<double>(std::min(policy.max_delay.value_or(longest_delay), longest_delay).count());
  // pow() may be infinite; infinity is then cut to the longest. Nothing times infinity is the one case left.
  auto const base = static_cast<double>(policy.delay.count());
  if (base <= 0) return Millis{0};
  auto const grown = std::min(base * std::pow(policy.backoff, attempts - 1), longest);
  auto const spread = grown * (1 + policy.jitter * (2 * random - 1));
  return Millis{std::llround(std::clamp(spread, 0.0, longest))};
}

}  // namespace

RetryDecision decide(RetryPolicy const& policy, OnInterrupt on_interrupt, int attempts, Outcome outcome,
                     double random) {
  switch (outcome) {
    case Outcome::succeeded:
    case Outcome::cancelled:
      return {};
    case Outcome::interrupted:
      return {on_interrupt == OnInterrupt::retry, Millis{0}};
    case Outcome::failed:
    case Outcome::timed_out:
      break;
  }
  if (attempts >= policy.max_attempts) return {};
  return {true, delay_after(policy, attempts, random)};
}

}  // namespace runcast
