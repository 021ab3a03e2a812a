#include "model/retry.hpp"

#include <limits>

#include <catch2/catch.hpp>

using namespace runcast;
using namespace std::chrono_literals;

namespace {

RetryDecision after(RetryPolicy const& policy, int attempts, Outcome outcome = Outcome::failed, double random = 0.5) {
  return decide(policy, OnInterrupt::retry, attempts, outcome, random);
}

}  // namespace

TEST_CASE("without a policy nothing is tried again") { CHECK(after({}, 1) == RetryDecision{false, 0ms}); }

TEST_CASE("the first try counts among the attempts") {
  RetryPolicy const policy{3, 1s, 1, {}, 0};
  CHECK(after(policy, 1) == RetryDecision{true, 1s});
  CHECK(after(policy, 2, Outcome::timed_out) == RetryDecision{true, 1s});
  CHECK(after(policy, 3) == RetryDecision{false, 0ms});
}

TEST_CASE("success and cancellation are never tried again") {
  RetryPolicy const policy{3, 1s, 1, {}, 0};
  CHECK_FALSE(after(policy, 1, Outcome::succeeded).again);
  CHECK_FALSE(after(policy, 1, Outcome::cancelled).again);
}

TEST_CASE("an interrupted attempt is made again at once, however many there were, unless the step says no") {
  RetryPolicy const policy{1, 1s, 1, {}, 0};
  CHECK(decide(policy, OnInterrupt::retry, 1, Outcome::interrupted, 0.5) == RetryDecision{true, 0ms});
  CHECK(decide(policy, OnInterrupt::fail, 0, Outcome::interrupted, 0.5) == RetryDecision{false, 0ms});
}

TEST_CASE("delays grow by the backoff up to the longest") {
  RetryPolicy const policy{10, 1s, 2, 5s, 0};
  CHECK(after(policy, 1).delay == 1s);
  CHECK(after(policy, 2).delay == 2s);
  CHECK(after(policy, 3).delay == 4s);
  CHECK(after(policy, 4).delay == 5s);
}

TEST_CASE("jitter lengthens and shortens by its part, never past the longest") {
  RetryPolicy const policy{10, 10s, 1, 11s, 0.5};
  CHECK(after(policy, 1, Outcome::failed, 0.0).delay == 5s);
  CHECK(after(policy, 1, Outcome::failed, 0.5).delay == 10s);
  CHECK(after(policy, 1, Outcome::failed, 0.999).delay == 11s);
}

TEST_CASE("no policy makes a delay that cannot be added to a time") {
  RetryPolicy const policy{std::numeric_limits<int>::max(), std::chrono::days(3650), 1000, {}, 1};
  auto const longest = Millis(std::chrono::days(3650));
  CHECK(after(policy, 2'000'000'000, Outcome::failed, 0.999).delay == longest);
  RetryPolicy const none{std::numeric_limits<int>::max(), 0ms, 1000, {}, 1};
  CHECK(after(none, 2'000'000'000).delay == 0ms);
}
