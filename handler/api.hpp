#pragma once

#include "executor/executor.hpp"
#include "handler/access.hpp"
#include "handler/router.hpp"
#include "store/store.hpp"

namespace runcast {

// The routes of the whole API. All that they are given outlives the router. `compress`: WebSocket followers who offer
// permessage-deflate get it.
void add_api(Router& router, Store& store, Executor& executor, Access const& access, bool compress = false);

}  // namespace runcast
