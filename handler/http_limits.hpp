#pragma once

#include <chrono>
#include <cstdint>

namespace runcast {

struct HttpLimits {
  std::uint32_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = 2 * 1024 * 1024;
  std::uint64_t bundle_bytes = 32 * 1024 * 1024;  // of a body that is to be imported; one at a time
  std::uint64_t skipped_bytes = 64 * 1024;        // of a refused request's body, so that its connection can go on
  std::chrono::seconds request_time{20};          // for a whole request to arrive
  std::chrono::seconds idle_time{60};             // between two requests of a connection
  std::chrono::seconds write_time{30};            // for the client to take a piece of an answer
};

}  // namespace runcast
