#include "executor/slots.hpp"

#include <algorithm>

namespace runcast {

void Slots::take(User& user) { --(user.granted > 0 ? user.granted : free_); }

void Slots::give_back() {
  ++free_;
  serve();
}

void Slots::stand_in_line(User& user) {
  if (user.in_line) return;
  user.in_line = true;
  line_.push_back(&user);
  serve();
}

void Slots::return_unused(User& user) {
  free_ += user.granted;
  user.granted = 0;
  serve();
}

void Slots::leave(User& user) {
  if (user.in_line) std::erase(line_, &user);
  user.in_line = false;
  return_unused(user);
}

void Slots::serve() {
  while (free_ > 0 && !line_.empty()) {
    auto& user = *line_.front();
    line_.pop_front();
    user.in_line = false;
    --free_;
    ++user.granted;
    user.wake();
  }
}

}  // namespace runcast
