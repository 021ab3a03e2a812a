#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.hpp"
#include "base/task_group.hpp"
#include "handler/connection.hpp"
#include "hub/hub.hpp"
#include "hub/tls_context.hpp"
#include "server/places.hpp"

namespace runcast {

// HOST:PORT as `--listen` takes it; an IPv6 literal in brackets; port 0: any that is free.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;

  static Result<ListenAddress> parse(std::string_view text);
};

// Where that is. invalid: the address is none of this machine's.
Result<asio::ip::tcp::endpoint> resolve(ListenAddress const& address);

// Accepts connections and deals them out to the shards in turn; each lives on its shard's thread to its end.
class Listener {
 public:
  // io: the port is taken.
  static Result<Listener> open(asio::io_context& context, asio::ip::tcp::endpoint const& endpoint);

  // With a context, connections speak TLS: those that are accepted from now on.
  void use(std::shared_ptr<TlsContext const> tls) { tls_ = std::move(tls); }

  // Accepts until close(). `connections`, one group a shard, own the connections' coroutines. Whoever finds no place is
  // told so (503), and nobody who has one is harmed.
  Awaitable<> run(HttpServer const& server, Hub& hub, Places& places,
                  std::vector<std::unique_ptr<TaskGroup>>& connections);
  void close();

  asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  explicit Listener(asio::ip::tcp::acceptor acceptor) : acceptor_(std::move(acceptor)) {}

  asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<TlsContext const> tls_;
};

}  // namespace runcast
