#include <algorithm>

#include <fmt/format.h>

#include "feed/past.hpp"
#include "handler/sockets/monitor_session.hpp"
#include "hub/websocket/frame.hpp"

// A monitor's second look at what has happened.
namespace runcast {
namespace {

constexpr std::size_t messages_a_piece = 500;
constexpr std::size_t most_steps = 20;  // of reading; whoever is further behind gets a snapshot

// How many of the items go into the next piece: messages of one event stay together.
std::size_t piece_size(std::vector<FeedItem> const& items) {
  std::size_t size = messages_a_piece;
  while (size > 0 && !items[size - 1].ends_event) --size;
  return size > 0 ? size : messages_a_piece;
}

}  // namespace

// While a monitor looks back nothing else is told; then it goes on where it stood, or where the look back ended.
Awaitable<> MonitorSession::handle(ResyncRequest request) {
  bool const was_telling = std::exchange(telling_, false);
  std::uint64_t after = request.last_event_id.value_or(0);
  if (!request.last_event_id) {
    auto const position = co_await position_before(feed_, *request.last_event_timestamp);
    if (!position) co_return socket_.finish(close_code::internal_error, position.error().message);
    after = *position;
  }
  MonitorFilter filter = subscription_.filter();
  if (request.topics && !request.topics->empty()) filter.topics = *request.topics;
  co_await feed_.reach_now();
  auto const upto = was_telling ? subscription_.position() : feed_.board().upto();
  if (!request.last_event_id) filter.since = *request.last_event_timestamp;
  MonitorSubscription past(feed_, std::move(filter));
  past.move_to({std::min(after, upto)});
  Result<bool> all = false;
  // A position that is still to come is of a time that a restored backup has taken back.
  if (after <= feed_.board().upto()) all = co_await send_past(past, upto);
  if (!all) co_return socket_.finish(close_code::internal_error, all.error().message);
  *all ? member_.note_resumed() : member_.note_anew();
  if (!*all) {
    co_await send_snapshot();
  } else if (!was_telling) {
    subscription_.move_to({std::max(subscription_.position(), upto)});
  }
  if (was_telling) set_telling(true);
}

// False: there is too much of it.
Awaitable<Result<bool>> MonitorSession::send_past(MonitorSubscription& past, std::uint64_t upto) {
  std::vector<FeedItem> items;
  for (std::size_t steps = 0; past.position() < upto; ++steps) {
    if (steps == most_steps) co_return false;
    auto const delivery = co_await past.poll();
    if (!delivery) co_return delivery.error();
    for (auto const& item : delivery->items) {
      if (item.id <= upto) items.push_back(item);
    }
    past.take(*delivery);
    if (delivery->upto == delivery->from) break;
  }
  mark_event_ends(items);
  while (items.size() > messages_a_piece) {
    auto const size = piece_size(items);
    send_piece(std::span(items).first(size), items[size - 1].id, true);
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(size));
    if (!co_await socket_.room()) co_return true;
  }
  send_piece(items, upto, false);
  co_return true;
}

void MonitorSession::send_piece(std::span<FeedItem const> items, std::uint64_t upto, bool has_more) {
  auto text = std::make_shared<std::string>(R"({"type":"resync_data","events":[)");
  for (auto const& item : items) {
    if (!text->ends_with('[')) *text += ',';
    *text += item.json();
  }
  *text +=
      fmt::format(R"(],"has_more":{},"last_event_id":{},"timestamp":{}}})", has_more, upto, to_epoch_ms(system_time()));
  socket_.send(std::shared_ptr<std::string const>(std::move(text)));
}

}  // namespace runcast
