#pragma once

#include <atomic>
#include <memory>

#include "base/asio.hpp"
#include "handler/access.hpp"
#include "handler/gate.hpp"
#include "handler/http_limits.hpp"
#include "handler/rates.hpp"
#include "handler/router.hpp"
#include "hub/shard.hpp"

namespace runcast {

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
