#pragma once

#include "handler/http.hpp"
#include "queue/queue.hpp"

namespace runcast {

// What workers say over HTTP, and the registry as others see it.
class WorkersApi {
 public:
  explicit WorkersApi(Queue& queue) : queue_(queue) {}

  Awaitable<Reply> list_workers(Request& request);
  Awaitable<Reply> list_machines(Request& request);

  Awaitable<Reply> enter(Request& request);
  Awaitable<Reply> leave(Request& request);
  Awaitable<Reply> claim(Request& request);
  Awaitable<Reply> heartbeat(Request& request);
  Awaitable<Reply> progress(Request& request);
  Awaitable<Reply> log(Request& request);
  Awaitable<Reply> complete(Request& request);
  Awaitable<Reply> fail(Request& request);
  Awaitable<Reply> release(Request& request);

 private:
  Awaitable<Result<std::vector<JobLease>>> claim_for(Request& request, ClaimRequest claim);

  Queue& queue_;
};

}  // namespace runcast
