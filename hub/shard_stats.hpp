#pragma once

#include <array>

#include "base/counter.hpp"
#include "model/segment.hpp"

namespace runcast {

// What a shard has done since the start. Raised by its thread.
struct ShardStats {
  std::array<Counter, form_count> followers;  // now, by their form
  Counter events;                             // delivered, to each follower
  Counter bytes;                              // taken by sockets
  Counter writes;
  Counter blocked;  // times that a socket took no more
  Counter stalled;  // followers that were given up for that
};

}  // namespace runcast
