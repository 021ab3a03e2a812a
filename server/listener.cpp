#include "server/listener.hpp"

#include <fmt/format.h>
#include <charconv>
#include <sstream>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/url/parse.hpp>

#include "hub/tcp_transport.hpp"

namespace runcast {

using asio::ip::tcp;

Result<tcp::endpoint> resolve(ListenAddress const& address) {
  sys::error_code error;
  auto const literal = asio::ip::make_address(address.host, error);
  if (!error) return tcp::endpoint(literal, address.port);
  asio::io_context context;
  tcp::resolver resolver(context);
  auto const found = resolver.resolve(address.host, std::to_string(address.port), error);
  if (error) return fail(Errc::invalid, fmt::format("cannot listen on {}: {}", address.host, error.message()));
  return found.begin()->endpoint();
}

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  auto const authority = boost::urls::parse_authority(text);
  if (!authority || authority->has_userinfo() || authority->host().empty() || authority->port().empty()) {
    return fail(Errc::invalid, fmt::format("'{}' is not HOST:PORT", text));
  }
  std::string const port = authority->port();
  std::uint16_t number = 0;
  auto const [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size()) {
    return fail(Errc::invalid, fmt::format("'{}' is no port: 0 to 65535", port));
  }
  return ListenAddress{std::string(authority->host_address()), number};
}

Result<Listener> Listener::open(asio::io_context& context, tcp::endpoint const& endpoint) {
  tcp::acceptor acceptor(context);
  sys::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) TcpTransport::prepare(acceptor);
  if (!error) acceptor.listen(4096, error);
  if (error) {
    std::ostringstream where;
    where << endpoint;
    return fail(Errc::io, fmt::format("cannot listen on {}: {}", where.str(), error.message()));
  }
  return Listener(std::move(acceptor));
}

Awaitable<> Listener::run(HttpServer const& server, Hub& hub, std::vector<std::unique_ptr<TaskGroup>>& connections) {
  asio::steady_timer pause(acceptor_.get_executor());
  for (std::size_t next = 0; acceptor_.is_open(); next = (next + 1) % hub.shards()) {
    Shard& shard = hub.shard(next);
    tcp::socket socket(shard.executor());
    auto const [error] = co_await acceptor_.async_accept(socket, as_tuple);
    if (error == asio::error::operation_aborted) break;
    if (error) {  // out of descriptors, mostly: some will be free again
      pause.expires_after(std::chrono::milliseconds(50));
      co_await pause.async_wait(as_tuple);
      continue;
    }
    asio::post(shard.executor(), [&server, &shard, &group = *connections[next], s = std::move(socket)]() mutable {
      group.spawn(serve_connection(std::move(s), server, shard));
    });
  }
}

void Listener::close() {
  sys::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace runcast
