#pragma once

#include "executor/executor.hpp"
#include "handler/http.hpp"
#include "store/store.hpp"

namespace runcast {

// /api/jobs: jobs that stand alone are submitted here, and all jobs are looked at.
class JobsApi {
 public:
  JobsApi(Store& store, Executor& executor) : store_(store), executor_(executor) {}

  Awaitable<Reply> submit(Request& request);
  Awaitable<Reply> list(Request& request);
  Awaitable<Reply> show(Request& request);
  Awaitable<Reply> cancel(Request& request);

 private:
  Awaitable<Result<std::string>> whole(JobRow job);

  Store& store_;
  Executor& executor_;
};

}  // namespace runcast
