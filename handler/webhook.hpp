#pragma once

#include "executor/executor.hpp"
#include "handler/http.hpp"
#include "store/store.hpp"

namespace runcast {

// POST …/workflows/{name}/webhook: starts a run of a stored workflow with `on.webhook`, for a sender that knows no more
// than the secret that it signs its bodies with.
class WebhookHandler {
 public:
  WebhookHandler(Store& store, Executor& executor) : store_(store), executor_(executor) {}
  Awaitable<Reply> operator()(Request& request) const;

 private:
  Store& store_;
  Executor& executor_;
};

}  // namespace runcast
