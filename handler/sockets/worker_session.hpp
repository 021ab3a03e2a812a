#pragma once

#include <map>
#include <mutex>
#include <string>

#include "handler/sockets/conversations.hpp"
#include "handler/sockets/in_flight.hpp"
#include "handler/sockets/socket_message.hpp"
#include "hub/message_socket.hpp"
#include "queue/queue.hpp"

namespace runcast {

// Which connection speaks for a worker: the newest. Any thread.
class WorkerConnections {
 public:
  // Takes the worker's place over; a number that names this connection.
  std::uint64_t take(std::string const& worker);
  bool speaks(std::string const& worker, std::uint64_t connection) const;
  // False: another speaks for it already.
  bool give_up(std::string const& worker, std::uint64_t connection);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> current_;
  std::uint64_t last_ = 0;
};

// A worker's connection: what it may do over HTTP, as messages on a WebSocket, and orders to stop as they are given. On
// the connection's thread.
class WorkerSession {
 public:
  WorkerSession(Queue& queue, Conversations& conversations, WorkerConnections& connections, std::string worker,
                MessageSocket& socket);

  // Until the connection ends. The worker counts as gone then, and keeps its jobs until their leases run out.
  Awaitable<> converse(std::string early);

 private:
  using Done = Awaitable<Result<void>>;

  Awaitable<> take(std::string text);
  Awaitable<> enter(SocketMessage const& message);
  Awaitable<> claim(SocketMessage const& message);
  Awaitable<> wait_for_jobs(ClaimRequest request, SocketMessage message);
  Awaitable<> heartbeat(SocketMessage message);
  Awaitable<> leave();

  // What is said of one job; answered with `ack` once it is stored.
  Awaitable<> report(SocketMessage message);
  Awaitable<Checked<Result<void>>> store(SocketMessage const& message, LeaseName lease);

  Awaitable<> tell_stops();
  void misunderstood(Faults const& faults, SocketMessage const& message);
  void refuse(Error const& error, SocketMessage const& message);
  void reply(boost::json::object out, SocketMessage const& message);

  Queue& queue_;
  WorkerConnections& connections_;
  std::string worker_;
  MessageSocket& socket_;
  Conversations::Member member_;
  std::uint64_t connection_;
  InFlight in_flight_;
  bool registered_ = false;
  bool claiming_ = false;
};

}  // namespace runcast
