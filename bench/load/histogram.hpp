#pragma once

#include <array>
#include <cstdint>

namespace runcast::bench {

// Counts of durations in nanoseconds, to within 1.6 %: 64 buckets for each doubling.
class Histogram {
 public:
  void record(std::int64_t nanoseconds);
  // The duration that the given share (0 to 1) of all does not pass; 0 if there is none.
  std::int64_t percentile(double share) const;
  std::uint64_t count() const { return count_; }
  std::int64_t max() const { return max_; }

 private:
  static constexpr int sub_bits = 6;
  static constexpr std::size_t sub_buckets = std::size_t{1} << sub_bits;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t highest_of(std::size_t bucket);

  std::array<std::uint64_t, 60 * sub_buckets> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace runcast::bench
