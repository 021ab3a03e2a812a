#pragma once

#include <cstddef>
#include <deque>
#include <functional>

namespace runcast {

// The server's bound on commands at once, shared out among runs: whoever finds none free stands in line, and gets one
// slot a turn, so that a run with thousands of ready steps does not keep the others waiting. One thread.
class Slots {
 public:
  // A run, as it stands in line. Leaves before it goes.
  struct User {
    std::function<void()> wake;  // a slot has been granted
    std::size_t granted = 0;     // for it alone, not taken yet
    bool in_line = false;
  };

  explicit Slots(std::size_t count) : free_(count) {}

  bool available(User const& user) const { return user.granted > 0 || (free_ > 0 && line_.empty()); }
  void take(User& user);  // one that is available
  void give_back();
  void stand_in_line(User& user);
  void return_unused(User& user);
  void leave(User& user);

 private:
  void serve();

  std::size_t free_;
  std::deque<User*> line_;
};

}  // namespace runcast
