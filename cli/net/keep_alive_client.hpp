#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/asio.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/net/api_client.hpp"
#include "cli/net/client_stream.hpp"

namespace runcast::cli {

// Calls a server from many coroutines of one executor, over connections that are kept for the next call.
class KeepAliveClient {
 public:
  KeepAliveClient(ServerUrl server, std::string token) : server_(std::move(server)), token_(std::move(token)) {}

  // The whole answer, whatever its status, within `timeout`. An error means that there is none: Errc::closed,
  // timed_out, io; then the call may have been done all the same. A connection that the server closed while nobody
  // used it is replaced in silence.
  Awaitable<Result<ApiAnswer>> send(ApiCall call, Millis timeout);

  ServerUrl const& server() const { return server_; }

 private:
  using Stream = std::unique_ptr<ClientStream>;

  Awaitable<Result<Stream>> take();

  ServerUrl server_;
  std::string token_;
  std::vector<Stream> idle_;
};

}  // namespace runcast::cli
