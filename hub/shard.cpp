#include "hub/shard.hpp"

#include <boost/asio/post.hpp>

#include "hub/hub.hpp"
#include "hub/websocket/frame.hpp"

namespace runcast {

Shard::Shard(asio::any_io_executor executor, std::size_t index, Hub& hub, History& history)
    : executor_(std::move(executor)),
      index_(index),
      hub_(hub),
      tasks_(executor_),
      pages_(history, hub.options().epoch, tasks_, hub.options().pages),
      inbox_(hub.options().inbox),
      flush_timer_(executor_),
      clock_timer_(executor_),
      wheel_(Client::Clock::now()) {}

Shard::~Shard() = default;

ClientLimits const& Shard::client_limits() const { return hub_.options().client; }
WebsocketLimits const& Shard::websocket_limits() const { return hub_.options().websocket; }
std::string const& Shard::epoch() const { return hub_.options().epoch; }

Window const& Shard::window(Client const& client) const {
  return *client.feed->windows[static_cast<std::size_t>(client.form())];
}

void Shard::attach(std::unique_ptr<Transport> transport, Follow follow) {
  tasks_.spawn(serve(std::make_shared<Client>(*this, std::move(transport), std::move(follow))));
}

Awaitable<> Shard::serve(std::shared_ptr<Client> client) {
  Message registration = Register{client};
  if (!co_await inbox_.send(std::move(registration))) co_return;
  co_await client->read_loop();
  Message departure = Unregister{std::move(client)};
  co_await inbox_.send(std::move(departure));
}

Awaitable<> Shard::publish(std::vector<Publication> publications) {
  Message message = std::move(publications);
  co_await inbox_.send(std::move(message));
}

Awaitable<> Shard::run() {
  tasks_.spawn(keep_time());
  while (true) {
    auto const messages = co_await inbox_.receive_all();
    if (messages.empty()) break;
    for (auto const& message : messages) {
      std::visit([this](auto const& content) { take(content); }, message);
    }
    flush_when_due();
  }
}

Awaitable<> Shard::stop() {
  stopping_ = true;
  for (auto const& [log, feed] : feeds_) {
    for (auto const& client : std::vector(feed->clients))
      client->finish(close_code::going_away, "the server is going down");
  }
  clock_timer_.cancel();
  flush_timer_.cancel();
  asio::steady_timer grace(executor_);
  for (int i = 0; i < 20 && clients_ > 0; ++i) {
    grace.expires_after(std::chrono::milliseconds(50));
    co_await grace.async_wait(asio::use_awaitable);
  }
  inbox_.close();
  tasks_.cancel();
  co_await tasks_.join();
}

void Shard::take(Register const& message) {
  Client& client = *message.client;
  auto& feed = feeds_[client.log()];
  if (!feed) {
    feed = std::make_unique<Feed>();
    hub_.want(client.log(), index_);  // before history is asked: what is committed after that is published here
  }
  auto& window = feed->windows[static_cast<std::size_t>(client.form())];
  if (!window) window = std::make_unique<Window>(client.form(), epoch(), hub_.options().window_bytes);
  client.feed = feed.get();
  client.feed_slot = feed->clients.size();
  feed->clients.push_back(message.client);
  ++clients_;
  if (stopping_) return client.finish(close_code::going_away, "the server is going down");
  wheel_.add(client, client.tick(Client::Clock::now()));
}

void Shard::take(Unregister const& message) {
  Client& client = *message.client;
  Feed& feed = *client.feed;
  std::swap(feed.clients[client.feed_slot], feed.clients.back());
  feed.clients[client.feed_slot]->feed_slot = client.feed_slot;
  feed.clients.pop_back();
  --clients_;
  if (!feed.clients.empty()) return;
  if (feed.dirty) std::erase(dirty_, &feed);
  hub_.unwant(client.log(), index_);
  feeds_.erase(client.log());
}

void Shard::take(std::vector<Publication> const& publications) {
  for (auto const& [log, events] : publications) {
    auto const found = feeds_.find(log);
    if (found == feeds_.end() || events->empty()) continue;
    Feed& feed = *found->second;
    for (auto const& window : feed.windows) {
      if (window) window->append(events);
    }
    if (!std::exchange(feed.dirty, true)) dirty_.push_back(&feed);
  }
}

// A lone send costs microseconds, nearly all of it in the kernel: so at once when it is quiet, and together when not.
void Shard::flush_when_due() {
  if (dirty_.empty() || flush_armed_) return;
  auto const due = last_flush_ + hub_.options().flush_every;
  if (Client::Clock::now() >= due) return flush();
  flush_armed_ = true;
  flush_timer_.expires_at(due);
  flush_timer_.async_wait([this](sys::error_code error) {
    flush_armed_ = false;
    if (!error) flush();
  });
}

void Shard::flush() {
  last_flush_ = Client::Clock::now();
  for (Feed* feed : std::exchange(dirty_, {})) {
    feed->dirty = false;
    for (auto const& client : feed->clients) {
      if (client->at_end()) client->pump();
    }
  }
}

void Shard::offer_to_window(Client const& client, Pages::Page const& page) {
  auto& window = *client.feed->windows[static_cast<std::size_t>(client.form())];
  window.extend_back(page);
}

void Shard::pump_later(std::shared_ptr<Client> client) {
  ready_.push_back(std::move(client));
  if (std::exchange(ready_posted_, true)) return;
  asio::post(executor_, [this] { pump_ready(); });
}

void Shard::pump_ready() {
  ready_posted_ = false;
  for (auto const& client : std::exchange(ready_, {})) client->pump();
}

void Shard::remind(Client& client, Client::Clock::time_point when) {
  if (when < client.next_tick) wheel_.add(client, when);
}

Client::Clock::duration Shard::ping_offset() {
  // Half a period, in steps of the golden ratio: spread evenly however many come.
  spread_ += 0x9E3779B9;
  return client_limits().ping / 2 * (spread_ >> 16) / 0x10000;
}

Awaitable<> Shard::keep_time() {
  while (!stopping_) {
    clock_timer_.expires_after(Wheel::step);
    co_await clock_timer_.async_wait(as_tuple);
    wheel_.turn(Client::Clock::now());
  }
}

}  // namespace runcast
