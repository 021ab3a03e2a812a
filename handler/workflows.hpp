#pragma once

#include "handler/router.hpp"
#include "store/store.hpp"

namespace runcast {

// Definitions: checked, stored, versioned, listed, deleted.
class WorkflowsApi {
 public:
  explicit WorkflowsApi(Store& store) : store_(store) {}

  Awaitable<Outcome> validate(Request& request);  // POST …/workflows/validate
  Awaitable<Outcome> create(Request& request);    // POST …/workflows
  Awaitable<Outcome> put(Request& request);       // PUT …/workflows/{name}
  Awaitable<Outcome> list(Request& request);
  Awaitable<Outcome> show(Request& request);
  Awaitable<Outcome> remove(Request& request);

 private:
  Store& store_;
};

}  // namespace runcast
