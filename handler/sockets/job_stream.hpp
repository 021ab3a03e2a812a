#pragma once

#include <optional>

#include "feed/past.hpp"
#include "feed/subscription.hpp"
#include "feed/system_feed.hpp"
#include "handler/sockets/client_session.hpp"
#include "handler/sockets/conversations.hpp"
#include "hub/message_socket.hpp"

namespace runcast {

// All jobs on one connection, as server-sent events: each with the whole job as it is after something has happened to
// it. On the connection's thread.
class JobStream {
 public:
  JobStream(ClientServices const& services, MessageSocket& socket);

  // Until the connection ends: what happens after `after`. Where that is not at hand any more, it begins anew, with
  // every job that has ended since; where it is absent, or has parts and so is the position of a beginning that was cut
  // off, with every job that has not ended and the newest that have.
  Awaitable<> stream(std::optional<FeedPosition> after);

 private:
  Awaitable<> tell();
  Awaitable<bool> begin_anew();
  Awaitable<bool> tell_ends(std::uint64_t upto);
  Awaitable<Result<std::string>> update_of(PastEnds::End const& end);
  bool fail(Error const& error);

  SystemFeed& feed_;
  Queue& queue_;
  MessageSocket& socket_;
  Conversations::Member member_;
  JobSubscription subscription_;
  std::optional<std::uint64_t> ends_told_;  // all ends up to this event; absent: the reader knows of no job yet
};

}  // namespace runcast
