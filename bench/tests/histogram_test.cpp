#include "bench/load/histogram.hpp"

#include <catch2/catch.hpp>

namespace runcast::bench {

TEST_CASE("an empty histogram has no percentiles") {
  Histogram const histogram;
  CHECK(histogram.percentile(0.5) == 0);
  CHECK(histogram.count() == 0);
}

TEST_CASE("small durations are counted exactly") {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i) histogram.record(i);
  CHECK(histogram.percentile(0.5) == 50);
  CHECK(histogram.percentile(0.99) == 99);
  CHECK(histogram.percentile(1) == 100);
}

TEST_CASE("a percentile is never below the true one, and at most 1/64 above it") {
  for (std::int64_t value : {63, 64, 65, 127, 128, 1000, 123'456, 99'999'999}) {
    Histogram histogram;
    histogram.record(value);
    histogram.record(10 * value);
    CHECK(histogram.percentile(0.5) >= value);
    CHECK(histogram.percentile(0.5) <= value + value / 64 + 1);
    CHECK(histogram.percentile(1) == 10 * value);
  }
}

TEST_CASE("a delivery that seems to come before it was made counts as none at all") {
  Histogram histogram;
  histogram.record(-500);
  CHECK(histogram.percentile(1) == 0);
  CHECK(histogram.count() == 1);
}

}  // namespace runcast::bench
