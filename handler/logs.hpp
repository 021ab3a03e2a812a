#pragma once

#include "handler/http.hpp"
#include "store/store.hpp"

namespace runcast {

// GET …/runs/{runId}/logs: the step logs out of the event log, as pages of items or, with `Accept: text/plain`, as bare
// lines to the end.
class LogsHandler {
 public:
  explicit LogsHandler(Store& store) : store_(store) {}
  Awaitable<Reply> operator()(Request& request) const;

 private:
  Store& store_;
};

// GET …/runs/{runId}/events: the event log, page by page.
class EventsHandler {
 public:
  explicit EventsHandler(Store& store) : store_(store) {}
  Awaitable<Reply> operator()(Request& request) const;

 private:
  Store& store_;
};

}  // namespace runcast
