#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "hub/client.hpp"

namespace runcast {

// When each client wants its next tick(), to about a quarter of a second: adding and expiring cost the same however
// many there are. A client counts only at its newest time (Client::next_tick). One thread.
class Wheel {
 public:
  static constexpr std::chrono::milliseconds step{250};

  explicit Wheel(Client::Clock::time_point now) : turned_to_(now) {}

  void add(Client& client, Client::Clock::time_point when);

  // Ticks those that are due, and takes their next times.
  void turn(Client::Clock::time_point now);

 private:
  struct Entry {
    std::weak_ptr<Client> client;
    Client::Clock::time_point when;
  };

  std::array<std::vector<Entry>, 256> slots_;  // 64 s; what lies further is looked at then, and added again
  std::size_t current_ = 0;
  Client::Clock::time_point turned_to_;
};

}  // namespace runcast
