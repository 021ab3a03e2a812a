#pragma once

#include <optional>
#include <utility>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include "base/asio.hpp"

namespace runcast::cli {

namespace beast = boost::beast;

// A connection to a server, through TLS or not: an AsyncStream for Beast. It stays where it is, because the TLS layer
// refers to the other.
class ClientStream {
 public:
  using executor_type = beast::tcp_stream::executor_type;
  using Tls = asio::ssl::stream<beast::tcp_stream&>;

  explicit ClientStream(asio::any_io_executor const& executor) : tcp_(executor) {}
  ClientStream(ClientStream const&) = delete;
  ClientStream& operator=(ClientStream const&) = delete;

  executor_type get_executor() { return tcp_.get_executor(); }
  beast::tcp_stream& tcp() { return tcp_; }
  // From now on everything goes through it.
  Tls& start_tls(asio::ssl::context& context) { return tls_.emplace(tcp_, context); }

  template <class Buffers, class Token>
  auto async_read_some(Buffers const& buffers, Token&& token) {
    return asio::async_initiate<Token, void(sys::error_code, std::size_t)>(
        [this](auto handler, Buffers const& into) {
          tls_ ? tls_->async_read_some(into, std::move(handler)) : tcp_.async_read_some(into, std::move(handler));
        },
        token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(Buffers const& buffers, Token&& token) {
    return asio::async_initiate<Token, void(sys::error_code, std::size_t)>(
        [this](auto handler, Buffers const& from) {
          tls_ ? tls_->async_write_some(from, std::move(handler)) : tcp_.async_write_some(from, std::move(handler));
        },
        token, buffers);
  }

 private:
  beast::tcp_stream tcp_;
  std::optional<Tls> tls_;
};

// What Beast's WebSocket asks of a stream at its end.
inline void beast_close_socket(ClientStream& stream) { beast::close_socket(stream.tcp()); }

template <class Handler>
void async_teardown(beast::role_type role, ClientStream& stream, Handler&& handler) {
  beast::websocket::async_teardown(role, stream.tcp().socket(), std::forward<Handler>(handler));
}

}  // namespace runcast::cli
