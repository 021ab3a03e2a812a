#pragma once

#include <functional>

#include "handler/metric_text.hpp"
#include "handler/router.hpp"
#include "store/store.hpp"

namespace runcast {

// What the server tells of itself beyond what its parts know.
struct Operations {
  // Why it cannot take work now; empty: it can. Any thread.
  std::function<Awaitable<std::string>()> not_ready;
  // Adds its own families. Any thread.
  std::function<void(MetricText&)> metrics;
};

// For whoever runs the server: /healthz (the process answers), /readyz (it can take work), /metrics (Prometheus), and
// /openapi.json (every call). All that they are given outlives the router.
void add_operations(Router& router, Store& store, Operations const& operations);

// The routes' own counts, by pattern, method and status.
void add_request_metrics(Router const& router, MetricText& text);

}  // namespace runcast
