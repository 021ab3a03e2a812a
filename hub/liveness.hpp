#pragma once

#include "hub/limits.hpp"
#include "model/segment.hpp"

namespace runcast {

// What a client's silence means: whether it is time for a heartbeat, whether it takes nothing any more, or is gone. It
// is told what happens and when; it has no clock of its own.
class Liveness {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  // The first ping comes `ahead` earlier than a whole period.
  Liveness(Form form, ClientLimits const& limits, Time now, Clock::duration ahead);

  // A write of `due` bytes was tried, and the transport took so many of them.
  void wrote(Time now, std::size_t taken, std::size_t due);

  // The peer sent something. False: more than it may.
  bool heard(Time now, std::size_t bytes, ClientLimits const& limits);
  void answered() { asked_ = {}; }  // a pong came

  enum class Due : std::uint8_t {
    nothing,
    heartbeat,  // send one now; it counts as sent
    stalled,    // it takes nothing of what waits for it
    gone,       // it neither answers nor takes anything
  };
  Due due(Time now, ClientLimits const& limits);

  // When due() may next be something.
  Time next(ClientLimits const& limits) const;

  // When it will have stalled, if it takes nothing until then; only while something waits.
  Time stalls_at(ClientLimits const& limits) const { return last_taken_ + limits.stalled; }

 private:
  Time heartbeat_at(ClientLimits const& limits) const;
  Time gone_at(ClientLimits const& limits) const;

  Time last_sent_;   // when anything was last sent
  Time last_taken_;  // when the peer last took a byte; or when it had to begin, if that was later
  Time last_heard_;
  Time last_ping_;  // when one was due
  Time asked_{};    // when the ping was sent whose answer is awaited; none: the epoch
  std::int64_t input_credit_;
  Form form_;
  bool waits_ = false;  // the last write was not taken whole
};

}  // namespace runcast
