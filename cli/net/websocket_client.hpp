#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "cli/net/api_client.hpp"
#include "cli/net/server_url.hpp"

namespace runcast::cli {

// Why there is no WebSocket: no connection, or an HTTP answer in place of one.
struct OpenFailure {
  Error error;
  std::optional<ApiAnswer> refusal;
};

// The reading end of a WebSocket. One coroutine at a time, on the executor that opened it.
class WebSocketClient {
 public:
  using Opened = boost::system::result<std::unique_ptr<WebSocketClient>, OpenFailure>;

  // `path` as in ApiCall. A server that goes silent (no data, no pong) for a minute is given up.
  static Awaitable<Opened> open(ServerUrl const& server, std::string const& token, std::string const& path);
  ~WebSocketClient();

  // The next message, valid until the next read. Errc::closed where the server ended with a close frame: see
  // close_code(); any other error is a connection that broke.
  Awaitable<Result<std::string_view>> read();

  // Of the server's close frame; 0 without one.
  unsigned close_code() const;

  // Whether bytes wait to be read, so that a reader may put off showing what it has.
  bool has_waiting() const;

 private:
  struct Impl;
  explicit WebSocketClient(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace runcast::cli
