#include "server/listener.hpp"

#include <fmt/format.h>
#include <charconv>
#include <sstream>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/url/parse.hpp>

#include "base/with_timeout.hpp"
#include "handler/http_text.hpp"
#include "handler/problem.hpp"
#include "handler/rates.hpp"
#include "hub/tls_transport.hpp"

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

namespace {

constexpr Millis handshake_time{10'000};
constexpr std::size_t turned_away_at_once = 64;  // the others are closed without a word

Peer peer_of(tcp::socket const& socket, bool secure) {
  sys::error_code gone;
  auto const other = socket.remote_endpoint(gone);
  auto const own = socket.local_endpoint(gone);
  if (gone) return {"", "", secure};
  return {other.address().to_string(), own.address().to_string(), secure};
}

// Says that there is no place, to a client that may still be talking: a close at once could take the words back.
Awaitable<> turn_away(tcp::socket socket, std::shared_ptr<void>, bool secure) {
  auto answer = problem(503, "there are too many connections; try again");
  answer.headers.emplace_back("Retry-After", "1");
  auto const text = secure ? std::string() : answer_text(answer, {.now = wall_clock_now()});
  sys::error_code error;
  socket.non_blocking(true, error);
  socket.send(asio::buffer(text), 0, error);
  socket.shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 1024> waste;
  auto reading = socket.async_read_some(asio::buffer(waste), as_tuple);
  auto drain = [](auto read) -> Awaitable<> { co_await std::move(read); }(std::move(reading));
  co_await with_timeout(Millis(500), std::move(drain));
}

Awaitable<> welcome(tcp::socket socket, std::shared_ptr<void> place, std::shared_ptr<TlsContext const> tls, Peer peer,
                    HttpServer const& server, Shard& shard) {
  TcpTransport tcp(std::move(socket), std::move(place));
  if (!tls) {
    auto transport = std::make_unique<TcpTransport>(std::move(tcp));
    co_return co_await serve_connection(std::move(transport), std::move(peer), server, shard);
  }
  auto transport = std::make_unique<TlsTransport>(std::move(tcp), *tls);
  auto const greeted = co_await with_timeout(handshake_time, transport->handshake());
  if (!greeted || *greeted) co_return;
  co_await serve_connection(std::move(transport), std::move(peer), server, shard);
}

}  // namespace

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

Awaitable<> Listener::run(HttpServer const& server, Hub& hub, Places& places,
                          std::vector<std::unique_ptr<TaskGroup>>& connections) {
  asio::steady_timer pause(acceptor_.get_executor());
  Places lobby({turned_away_at_once, 0});
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
    auto peer = peer_of(socket, tls_ != nullptr);
    auto const key = address_key(peer.address);
    auto place = places.take(key);
    auto lobby_place = place ? nullptr : lobby.take(key);
    asio::post(shard.executor(),
               [&server, &shard, &group = *connections[next], s = std::move(socket), tls = tls_,
                place = std::move(place), lobby_place = std::move(lobby_place), peer = std::move(peer)]() mutable {
                 if (place) {
                   group.spawn(welcome(std::move(s), std::move(place), std::move(tls), std::move(peer), server, shard));
                 } else if (lobby_place) {
                   group.spawn(turn_away(std::move(s), std::move(lobby_place), peer.secure));
                 }
               });
  }
}

void Listener::close() {
  sys::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace runcast
