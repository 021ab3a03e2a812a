#pragma once

#include <optional>

#include "feed/subscription.hpp"
#include "feed/system_feed.hpp"
#include "handler/sockets/conversations.hpp"
#include "hub/message_socket.hpp"

namespace runcast {

// All jobs on one connection, as server-sent events: each with the whole job as it is after something has happened to
// it. On the connection's thread.
class JobStream {
 public:
  JobStream(SystemFeed& feed, Conversations& conversations, MessageSocket& socket);

  // Until the connection ends: what happens after event `after`; where that is absent, or is not at hand any more,
  // beginning with every job that has not ended and the newest that have.
  Awaitable<> stream(std::optional<std::uint64_t> after);

 private:
  Awaitable<> tell();
  Awaitable<> begin_anew();

  SystemFeed& feed_;
  MessageSocket& socket_;
  Conversations::Member member_;
  JobSubscription subscription_;
};

}  // namespace runcast
