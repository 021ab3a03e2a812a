#pragma once

#include <array>
#include <memory>
#include <vector>

#include "hub/follower.hpp"
#include "hub/window.hpp"

namespace runcast {

// The live side of one log in one shard: its newest events, and who follows it here.
struct Feed {
  std::array<std::unique_ptr<Window>, form_count> windows;  // by Form; only forms that somebody here has used
  std::vector<std::shared_ptr<Follower>> followers;
  bool dirty = false;  // has events that its followers were not offered yet

  std::unique_ptr<Window>& window(Form form) { return windows[static_cast<std::size_t>(form)]; }
};

}  // namespace runcast
