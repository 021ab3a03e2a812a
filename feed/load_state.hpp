#pragma once

#include "base/asio.hpp"
#include "base/result.hpp"
#include "feed/system_state.hpp"

namespace runcast {

class Store;

// The state of the system at the store's last event, as folding all events ever would give it: what can be told from
// the tables is taken from them, the rest from the logs of the jobs that it is about. Before the first write.
Awaitable<Result<SystemState>> load_system_state(Store& store);

}  // namespace runcast
