#pragma once

#include <atomic>

namespace runcast {

// What lets somebody stay connected, a token as a rule. Any thread may withdraw it; whoever goes by it is ended then.
struct Permit {
  std::atomic<bool> holds{true};
};

}  // namespace runcast
