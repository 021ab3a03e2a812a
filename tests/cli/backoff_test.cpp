#include <catch2/catch.hpp>

#include "cli/follow/backoff.hpp"

using namespace runcast;
using namespace runcast::cli;

TEST_CASE("a lost server is looked for at once, then ever less often, up to ten seconds") {
  CHECK(backoff_delay(0, 1) == Millis{250});
  CHECK(backoff_delay(1, 1) == Millis{500});
  CHECK(backoff_delay(3, 1) == Millis{2'000});
  CHECK(backoff_delay(6, 1) == Millis{10'000});
  CHECK(backoff_delay(1'000, 1) == Millis{10'000});
}

TEST_CASE("chance takes at most half of a delay, so that followers spread") {
  CHECK(backoff_delay(2, 0) == Millis{500});
  CHECK(backoff_delay(2, 0.5) == Millis{750});
}
