#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "base/asio.hpp"
#include "handler/access.hpp"
#include "handler/gate.hpp"
#include "handler/rates.hpp"
#include "handler/router.hpp"
#include "hub/shard.hpp"

namespace runcast {

struct HttpLimits {
  std::uint32_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = 2 * 1024 * 1024;
  std::uint64_t bundle_bytes = 32 * 1024 * 1024;  // of a body that is to be imported; one at a time
  std::chrono::seconds request_time{20};          // for a whole request to arrive
  std::chrono::seconds idle_time{60};             // between two requests of a connection
  std::chrono::seconds write_time{30};            // for the client to take a piece of an answer
};

// What connections share; outlives them.
struct HttpServer {
  Router const& router;
  Gate const& gate;
  Access const& access;
  Rates& rates;
  HttpLimits limits;
  std::function<void(std::string const&)> on_fault;  // told of a handler's exception; any thread
  std::shared_ptr<std::atomic<bool>> importing = std::make_shared<std::atomic<bool>>(false);  // a large body is here
};

// Serves one connection's requests until it ends, or until it becomes a follower's: then the shard has it. On the
// shard's thread. Never throws for what a client does.
Awaitable<> serve_connection(std::unique_ptr<Transport> transport, Peer peer, HttpServer const& server, Shard& shard);

}  // namespace runcast
