#pragma once

#include <string>
#include <unordered_set>

#include <boost/asio/steady_timer.hpp>

#include "hub/message_socket.hpp"

namespace runcast {

// Messages of one connection that are being acted on. They are begun in their order, and of those about one thing each
// waits for the one before it; but none waits for what another thing has to wait for, so a peer that says a hundred
// things at once waits for the disk about once. On the connection's thread.
class InFlight {
 public:
  explicit InFlight(MessageSocket& socket);

  // Begins it as soon as there is room, and nothing else `about` the same is under way; until then the connection is
  // not read.
  Awaitable<> begin(std::string about, Awaitable<> task);
  // Waits until all that was begun is done.
  Awaitable<> all_done();

 private:
  Awaitable<> run(std::string about, Awaitable<> task);

  MessageSocket& socket_;
  std::unordered_set<std::string> under_way_;
  asio::steady_timer fewer_;  // never expires: cancelled whenever one is done
};

}  // namespace runcast
