#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace runcast {

// Bounds and times of one client.
struct ClientLimits {
  std::size_t send_events = 256;         // that go out in one write
  std::size_t send_bytes = 1024 * 1024;  // of them; one event that is larger goes alone
  std::chrono::milliseconds ping{54'000};
  std::chrono::milliseconds pong_wait{60'000};  // without an answer, and without taking a byte
  std::chrono::milliseconds stalled{30'000};    // without taking a byte of what waits for it
  std::chrono::milliseconds comment{15'000};    // heartbeat of SSE and NDJSON
  std::chrono::milliseconds position{30'000};   // for a filtered follower that hears nothing
  std::chrono::milliseconds linger{10'000};     // for the peer to take the last bytes and to close
  std::uint32_t input_burst = 64 * 1024;        // bytes: followers have little to say
  std::uint32_t input_per_second = 8 * 1024;    // bytes, on average; one who sends more is closed with 1008
};

}  // namespace runcast
