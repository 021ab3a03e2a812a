#include "handler/sockets/monitor_session.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "hub/websocket/frame.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds beat_every{30};

std::int64_t now_ms() { return to_epoch_ms(system_time()); }

}  // namespace

MonitorSession::MonitorSession(SystemFeed& feed, Conversations& conversations, std::string id, MessageSocket& socket)
    : feed_(feed),
      id_(std::move(id)),
      socket_(socket),
      member_(conversations, Role::monitor, socket),
      subscription_(feed, {Topics::all()}),
      told_to_tell_(socket.executor(), asio::steady_timer::time_point::max()) {}

Awaitable<> MonitorSession::converse(std::string early) {
  socket_.send(to_json_text(json::object{{"type", "connected"}, {"monitor_id", id_}, {"timestamp", now_ms()}}));
  socket_.spawn(tell());
  socket_.spawn(beat());
  co_await socket_.run(std::move(early), [this](std::string text) { return take(std::move(text)); });
}

Awaitable<> MonitorSession::stream(MonitorFilter filter, std::optional<FeedPosition> after) {
  subscription_.set_filter(std::move(filter));
  if (after && after->id <= feed_.board().upto()) {
    member_.note_resumed();
    subscription_.move_to(*after);
    set_telling(true);
  } else {
    if (after) member_.note_anew();
    socket_.spawn(begin_with_snapshot());
  }
  socket_.spawn(tell());
  socket_.spawn(beat());
  co_await socket_.run("", {});
}

Awaitable<> MonitorSession::begin_with_snapshot() {
  co_await send_snapshot();
  set_telling(true);
}

// --- telling ---

Awaitable<> MonitorSession::tell() {
  while (co_await socket_.room()) {
    if (!telling_) {
      co_await told_to_tell_.async_wait(as_tuple);
      continue;
    }
    auto const delivery = co_await subscription_.next();
    if (!delivery) {
      bool const going = delivery.error().code == Errc::closed;
      co_return socket_.finish(going ? close_code::going_away : close_code::internal_error, delivery.error().message);
    }
    if (!telling_ || delivery->from != subscription_.position()) continue;
    if (delivery->lost) {
      member_.note_anew();
      co_await send_snapshot();
      continue;
    }
    for (auto const& item : delivery->items) send(item);
    subscription_.take(*delivery);
  }
}

void MonitorSession::send(FeedItem const& item) {
  if (socket_.form() == Form::websocket) {
    socket_.send_frames(item.segment, item.framed());
  } else {
    socket_.send(item.json(), to_string(item));
  }
}

void MonitorSession::set_telling(bool telling) {
  telling_ = telling;
  if (telling) told_to_tell_.cancel();
}

// What follows is told from the very event that the snapshot is true at.
Awaitable<> MonitorSession::send_snapshot() {
  bool const telling = std::exchange(telling_, false);
  auto const snapshot = co_await feed_.snapshot();
  socket_.send(snapshot.json, fmt::format("{}", snapshot.event_id));
  subscription_.move_to({snapshot.event_id});
  if (telling) set_telling(true);
}

Awaitable<> MonitorSession::beat() {
  asio::steady_timer timer(socket_.executor());
  while (socket_.open()) {
    timer.expires_after(beat_every);
    co_await timer.async_wait(asio::use_awaitable);
    if (!telling_ || !subscription_.filter().topics.has(Topic::heartbeat)) continue;
    socket_.send(to_json_text(json::object{{"type", "heartbeat"}, {"monitor_id", id_}, {"timestamp", now_ms()}}));
  }
}

// --- what it asks ---

Awaitable<> MonitorSession::take(std::string text) {
  auto const message = parse_socket_message(text);
  if (!message) co_return socket_.send(error_message("the message is not understood", message.error(), {}));
  auto const request = parse_monitor_request(*message);
  if (!request) {
    co_return socket_.send(error_message("the message is not understood", request.error(), message->request_id));
  }
  co_await std::visit([this](auto const& known) { return handle(known); }, *request);
}

Awaitable<> MonitorSession::handle(MonitorConnect connect) {
  if (connect.full_state) co_await send_snapshot();
}

Awaitable<> MonitorSession::handle(MonitorSubscribe subscribe) {
  subscription_.set_filter(std::move(subscribe.filter));
  set_telling(true);
  co_return;
}

Awaitable<> MonitorSession::handle(MonitorHeartbeat heartbeat) {
  auto const position = subscription_.position();
  auto const upto = telling_ ? position : feed_.board().upto();
  auto const missed = subscription_.count(heartbeat.last_event_id.value_or(position), upto);
  socket_.send(to_json_text(json::object{
      {"type", "heartbeat_ack"}, {"monitor_id", id_}, {"server_timestamp", now_ms()}, {"events_missed", missed}}));
  co_return;
}

}  // namespace runcast
