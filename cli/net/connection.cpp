#include "cli/net/connection.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>

namespace runcast::cli {

Errc network_errc(sys::error_code error) {
  if (error == beast::error::timeout || error == asio::error::timed_out) return Errc::timed_out;
  if (error == asio::error::connection_refused || error == asio::error::eof || error == asio::error::connection_reset ||
      error == asio::error::broken_pipe) {
    return Errc::closed;
  }
  return Errc::io;
}

std::string describe_network_error(ServerUrl const& server, sys::error_code error) {
  if (error == asio::error::connection_refused) return fmt::format("no server listens at {}", server.str());
  if (network_errc(error) == Errc::timed_out) return fmt::format("no answer from {} in time", server.str());
  if (network_errc(error) == Errc::closed) return fmt::format("{} closed the connection", server.str());
  if (error == asio::error::host_not_found || error == asio::error::host_not_found_try_again) {
    return fmt::format("the name {} is unknown", server.host);
  }
  return fmt::format("{}: {}", server.str(), error.message());
}

Awaitable<Result<std::unique_ptr<beast::tcp_stream>>> connect(ServerUrl const& server, Millis timeout) {
  auto const executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver{executor};
  auto [unresolved, addresses] = co_await resolver.async_resolve(server.host, server.port, as_tuple);
  if (unresolved) co_return fail(network_errc(unresolved), describe_network_error(server, unresolved));
  auto stream = std::make_unique<beast::tcp_stream>(executor);
  stream->expires_after(timeout);
  auto [error, endpoint] = co_await stream->async_connect(addresses, as_tuple);
  if (error) co_return fail(network_errc(error), describe_network_error(server, error));
  stream->socket().set_option(asio::ip::tcp::no_delay(true));
  stream->expires_never();
  co_return stream;
}

}  // namespace runcast::cli
