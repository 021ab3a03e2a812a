#pragma once

#include "executor/executor.hpp"
#include "handler/router.hpp"
#include "model/definition.hpp"
#include "store/store.hpp"

namespace runcast {

// Starting, listing, showing and steering runs, and the stored definitions that they start from.
class RunsApi {
 public:
  RunsApi(Store& store, Executor& executor, DefinitionLimits limits)
      : store_(store), executor_(executor), limits_(limits) {}

  Awaitable<Reply> start_inline(Request& request);  // POST …/workflows/runs
  Awaitable<Reply> start_stored(Request& request);  // POST …/workflows/{name}/runs
  Awaitable<Reply> list(Request& request);
  Awaitable<Reply> show(Request& request);
  Awaitable<Reply> cancel(Request& request);  // the run, or one step of it
  Awaitable<Reply> rerun(Request& request);
  Awaitable<Reply> approve(Request& request);
  Awaitable<Reply> reject(Request& request);

 private:
  Awaitable<Reply> decide(Request& request, bool approved);
  Awaitable<Reply> start(Request& request, std::shared_ptr<Plan const> plan, std::string definition, int version,
                         boost::json::object const& given_inputs);

  Store& store_;
  Executor& executor_;
  DefinitionLimits limits_;
};

}  // namespace runcast
