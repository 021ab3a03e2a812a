#pragma once

#include "executor/executor.hpp"
#include "handler/access.hpp"
#include "handler/operations.hpp"
#include "handler/router.hpp"
#include "model/definition.hpp"
#include "store/store.hpp"

namespace runcast {

struct ApiOptions {
  bool compress = false;              // WebSocket followers who offer permessage-deflate get it
  DefinitionLimits definitions = {};  // of those that are sent
};

// The routes of the whole API. All that they are given outlives the router.
void add_api(Router& router, Store& store, Executor& executor, Access const& access, Operations const& operations,
             ApiOptions const& options = {});

}  // namespace runcast
