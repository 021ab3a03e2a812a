#pragma once

#include <cstdint>
#include <limits>

#include "bench/common/options.hpp"

namespace runcast::bench {

// When events are due. Pure: the clock comes in as an argument, in nanoseconds.
class Schedule {
 public:
  static constexpr std::uint64_t unbounded = std::numeric_limits<std::uint64_t>::max();

  explicit Schedule(PeerOptions const& options) : options_(options) {}

  void start(std::int64_t now) { started_ = now; }
  bool started() const { return started_ != 0; }

  // How many events should have been produced by now, all in all.
  std::uint64_t due(std::int64_t now) const;
  // When the n-th event (from 0) is due. An event that comes late because the server was busy still bears this time.
  std::int64_t due_time(std::uint64_t n, std::int64_t now) const;
  // Nothing will be due any more, once `produced` events have been produced.
  bool finished(std::uint64_t produced, std::int64_t now) const;

 private:
  std::uint64_t total() const;

  PeerOptions options_;
  std::int64_t started_ = 0;
};

}  // namespace runcast::bench
