#pragma once

#include <string>

#include <boost/asio/steady_timer.hpp>

#include "feed/subscription.hpp"
#include "feed/system_feed.hpp"
#include "handler/sockets/conversations.hpp"
#include "handler/sockets/monitor_message.hpp"
#include "hub/message_socket.hpp"

namespace runcast {

// A monitor's connection: a WebSocket that it asks things on, or server-sent events, where it has said all in its URL.
// Contract: "Jobs, clients, monitors, workers". On the connection's thread.
class MonitorSession {
 public:
  MonitorSession(SystemFeed& feed, Conversations& conversations, std::string id, MessageSocket& socket);

  // Until the connection ends: waits for what the monitor asks.
  Awaitable<> converse(std::string early);

  // Until the connection ends: tells what passes `filter`, from `after` on; where that is absent or no longer there,
  // beginning with a snapshot.
  Awaitable<> stream(MonitorFilter filter, std::optional<FeedPosition> after);

 private:
  Awaitable<> take(std::string text);
  Awaitable<> handle(MonitorConnect connect);
  Awaitable<> handle(MonitorSubscribe subscribe);
  Awaitable<> handle(MonitorHeartbeat heartbeat);
  Awaitable<> handle(ResyncRequest request);

  Awaitable<> tell();
  Awaitable<> begin_with_snapshot();
  Awaitable<> send_snapshot();
  void send(FeedItem const& item);
  void set_telling(bool telling);
  Awaitable<> beat();

  Awaitable<Result<bool>> send_past(MonitorSubscription& past, std::uint64_t upto);
  void send_piece(std::span<FeedItem const> items, std::uint64_t upto, bool has_more);

  SystemFeed& feed_;
  std::string id_;
  MessageSocket& socket_;
  Conversations::Member member_;
  MonitorSubscription subscription_;
  bool telling_ = false;
  asio::steady_timer told_to_tell_;  // never expires: cancelled when telling_ becomes true, and at the end
};

}  // namespace runcast
