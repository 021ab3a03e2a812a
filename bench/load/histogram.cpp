#include "bench/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace runcast::bench {

// Below 64 a bucket for each value; above, the six bits behind the highest one choose the bucket.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < sub_buckets) return value;
  int const octave = std::bit_width(value) - 1 - sub_bits;
  return (static_cast<std::size_t>(octave) << sub_bits) + (value >> octave);
}

std::uint64_t Histogram::highest_of(std::size_t bucket) {
  if (bucket < 2 * sub_buckets) return bucket;
  std::size_t const octave = (bucket >> sub_bits) - 1;
  return (((bucket & (sub_buckets - 1)) + sub_buckets + 1) << octave) - 1;
}

void Histogram::record(std::int64_t nanoseconds) {
  nanoseconds = std::max<std::int64_t>(nanoseconds, 0);  // two cores may read the clock a little apart
  ++buckets_[std::min(bucket_of(static_cast<std::uint64_t>(nanoseconds)), buckets_.size() - 1)];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

std::int64_t Histogram::percentile(double share) const {
  if (count_ == 0) return 0;
  auto const wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted) return std::min(static_cast<std::int64_t>(highest_of(bucket)), max_);
  }
  return max_;
}

}  // namespace runcast::bench
