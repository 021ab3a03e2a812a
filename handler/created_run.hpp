#pragma once

#include "handler/http.hpp"
#include "store/store.hpp"

namespace runcast {

// The answer to a request that has made a run: 201, where it is, and its row. With an idempotency key, which may be
// empty, the row is told as it was when the key's first request was answered.
Awaitable<Reply> created_run(Store& store, RunId run, std::string key);

}  // namespace runcast
