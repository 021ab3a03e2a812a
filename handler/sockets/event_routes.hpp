#pragma once

#include "handler/router.hpp"
#include "handler/sockets/client_session.hpp"
#include "handler/sockets/worker_session.hpp"

namespace runcast {

// Adds the routes of those who follow the whole system or some jobs, and of workers on sockets:
//   /ws/monitor/{id}  /ws/client/{id}  /ws/worker/{id}          WebSockets
//   /api/events/monitor  /api/events/client  /api/jobs/stream   server-sent events
//   /api/events                                                 the monitors' messages, page by page
// What `services` refers to outlives the router.
void add_event_routes(Router& router, ClientServices const& services);

}  // namespace runcast
