#include "cli/net/connection.hpp"

#include <fmt/format.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
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
  if (error.category() == asio::error::get_ssl_category()) {
    return fmt::format("{}: no secure connection: {} (--ca names what to trust)", server.str(), error.message());
  }
  return fmt::format("{}: {}", server.str(), error.message());
}

namespace {

Result<asio::ssl::context> trusted(ServerUrl const& server) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  sys::error_code error;
  if (server.ca.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(server.ca, error);
  }
  if (error) return fail(Errc::invalid, fmt::format("--ca {} cannot be used: {}", server.ca, error.message()));
  context.set_verify_mode(asio::ssl::verify_peer);
  return context;
}

Awaitable<Result<void>> start_tls(ClientStream& stream, ServerUrl const& server) {
  auto context = trusted(server);
  if (!context) co_return context.error();
  auto& tls = stream.start_tls(*context);
  tls.set_verify_callback(asio::ssl::host_name_verification(server.host));
  sys::error_code error;
  asio::ip::make_address(server.host, error);
  if (error) SSL_set_tlsext_host_name(tls.native_handle(), server.host.c_str());  // a name, not an address
  std::tie(error) = co_await tls.async_handshake(asio::ssl::stream_base::client, as_tuple);
  if (error) co_return fail(network_errc(error), describe_network_error(server, error));
  co_return Result<void>();
}

}  // namespace

Awaitable<Result<std::unique_ptr<ClientStream>>> connect(ServerUrl const& server, Millis timeout) {
  auto const executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver{executor};
  auto [unresolved, addresses] = co_await resolver.async_resolve(server.host, server.port, as_tuple);
  if (unresolved) co_return fail(network_errc(unresolved), describe_network_error(server, unresolved));
  auto stream = std::make_unique<ClientStream>(executor);
  stream->tcp().expires_after(timeout);
  auto [error, endpoint] = co_await stream->tcp().async_connect(addresses, as_tuple);
  if (error) co_return fail(network_errc(error), describe_network_error(server, error));
  stream->tcp().socket().set_option(asio::ip::tcp::no_delay(true));
  if (server.secure) {
    if (auto started = co_await start_tls(*stream, server); !started) co_return started.error();
  }
  stream->tcp().expires_never();
  co_return stream;
}

}  // namespace runcast::cli
