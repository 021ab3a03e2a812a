#pragma once

#include "handler/http.hpp"
#include "store/store.hpp"

namespace runcast {

// The answer to a request that has made a run: 201, where it is, and its row.
Awaitable<Reply> created_run(Store& store, RunId run);

}  // namespace runcast
