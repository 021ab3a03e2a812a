#pragma once

#include "handler/http.hpp"
#include "store/store.hpp"

namespace runcast {

// One run as a portable file, and back; see store/bundle.hpp.
class BundlesApi {
 public:
  explicit BundlesApi(Store& store) : store_(store) {}

  Awaitable<Reply> show(Request& request);     // GET …/runs/{runId}/bundle
  Awaitable<Reply> take_in(Request& request);  // POST …/runs/import

 private:
  Store& store_;
};

}  // namespace runcast
