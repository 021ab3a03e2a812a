#pragma once

#include "handler/router.hpp"
#include "store/store.hpp"

namespace runcast {

// Definitions: checked, stored, versioned, listed, deleted.
class WorkflowsApi {
 public:
  explicit WorkflowsApi(Store& store) : store_(store) {}

  Awaitable<Reply> validate(Request& request);  // POST …/workflows/validate
  Awaitable<Reply> create(Request& request);    // POST …/workflows
  Awaitable<Reply> put(Request& request);       // PUT …/workflows/{name}
  Awaitable<Reply> list(Request& request);
  Awaitable<Reply> show(Request& request);
  Awaitable<Reply> remove(Request& request);

 private:
  Store& store_;
};

}  // namespace runcast
