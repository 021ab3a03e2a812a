#pragma once

#include "executor/executor.hpp"
#include "handler/router.hpp"
#include "store/store.hpp"

namespace runcast {

// Starting, listing, showing and steering runs, and the stored definitions that they start from.
class RunsApi {
 public:
  RunsApi(Store& store, Executor& executor) : store_(store), executor_(executor) {}

  Awaitable<Outcome> start_inline(Request& request);  // POST …/workflows/runs
  Awaitable<Outcome> start_stored(Request& request);  // POST …/workflows/{name}/runs
  Awaitable<Outcome> list(Request& request);
  Awaitable<Outcome> show(Request& request);
  Awaitable<Outcome> cancel(Request& request);  // the run, or one step of it
  Awaitable<Outcome> rerun(Request& request);
  Awaitable<Outcome> approve(Request& request);
  Awaitable<Outcome> reject(Request& request);

 private:
  Awaitable<Outcome> created_run(RunId id);
  Awaitable<Outcome> decide(Request& request, bool approved);
  Awaitable<Outcome> start(Request& request, Workflow workflow, std::string definition, int version,
                           boost::json::object const& given_inputs);

  Store& store_;
  Executor& executor_;
};

}  // namespace runcast
