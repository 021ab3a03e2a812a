#pragma once

#include "executor/executor.hpp"
#include "handler/router.hpp"
#include "store/store.hpp"

namespace runcast {

// The routes of the whole API. `store` and `executor` outlive the router.
void add_api(Router& router, Store& store, Executor& executor);

}  // namespace runcast
