#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include "executor/executor.hpp"
#include "handler/router.hpp"
#include "model/definition.hpp"
#include "store/store.hpp"

namespace runcast {

// Definitions: checked, stored, versioned, listed, deleted.
class WorkflowsApi {
 public:
  WorkflowsApi(Store& store, Executor& executor, DefinitionLimits limits)
      : store_(store), executor_(executor), limits_(limits) {}

  Awaitable<Reply> validate(Request& request);  // POST …/workflows/validate
  Awaitable<Reply> create(Request& request);    // POST …/workflows
  Awaitable<Reply> put(Request& request);       // PUT …/workflows/{name}
  Awaitable<Reply> list(Request& request);
  Awaitable<Reply> show(Request& request);
  Awaitable<Reply> remove(Request& request);

 private:
  boost::system::result<Workflow, Answer> definition(Request const& request, boost::json::value const& body) const;

  Store& store_;
  Executor& executor_;  // told of what changes, for the schedules
  DefinitionLimits limits_;
};

}  // namespace runcast
