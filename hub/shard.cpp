#include "hub/shard.hpp"

#include <thread>

#include "hub/hub.hpp"
#include "hub/websocket/frame.hpp"

namespace runcast {
namespace {

constexpr std::string_view permit_withdrawn = "the token holds no longer";
constexpr std::chrono::microseconds line_slice{250};  // for those in line, before whatever else is ready
constexpr std::chrono::milliseconds live_for{100};    // somebody follows live who was sent something as long ago

}  // namespace

Shard::Shard(asio::any_io_executor executor, std::size_t index, Hub& hub, History& history)
    : executor_(std::move(executor)),
      index_(index),
      hub_(hub),
      tasks_(executor_),
      pages_(history, hub.options().epoch, tasks_, hub.options().pages),
      inbox_(hub.options().inbox),
      wheel_(Clock::now()),
      farewell_(executor_),
      ended_(executor_, Clock::time_point::max()) {}

Shard::~Shard() = default;

ClientLimits const& Shard::client_limits() const { return hub_.options().client; }
WebsocketLimits const& Shard::websocket_limits() const { return hub_.options().websocket; }
std::string const& Shard::epoch() const { return hub_.options().epoch; }

// --- coming and going ---

void Shard::attach(std::unique_ptr<Transport> transport, Follow follow) {
  send(Register{std::make_shared<Client>(*this, std::move(transport), std::move(follow))});
}

void Shard::leave(std::shared_ptr<Follower> follower) { send(Unregister{std::move(follower)}); }

// Coming and going costs a coroutine only while the inbox is full.
void Shard::send(Message message) {
  if (!inbox_.try_send(message)) tasks_.spawn(send_later(std::move(message)));
}

Awaitable<> Shard::send_later(Message message) { co_await inbox_.send(std::move(message)); }

Awaitable<bool> Shard::join(std::shared_ptr<Follower> follower) {
  Message message = Register{std::move(follower)};
  co_return co_await inbox_.send(std::move(message));
}

Awaitable<> Shard::publish(std::vector<Publication> publications) {
  Message message = std::move(publications);
  co_await inbox_.send(std::move(message));
}

void Shard::take(Register const& message) {
  Follower& follower = *message.follower;
  auto const log = follower.cursor().log();
  auto const form = follower.cursor().form();
  auto& feed = feeds_[log];
  if (!feed) {
    feed = std::make_unique<Feed>();
    hub_.want(log, index_);  // before history is asked: what is committed after that is published here
  }
  auto& window = feed->window(form);
  if (!window) window = std::make_unique<Window>(form, epoch(), hub_.options().window_bytes);
  follower.feed_slot = feed->followers.size();
  feed->followers.push_back(message.follower);
  ++followers_;
  stats_.followers[static_cast<std::size_t>(form)].add();
  follower.cursor().enter(*feed, pages_);
  follower.joined();
  if (!follower.permitted()) follower.finish(close_code::policy_violation, permit_withdrawn);
  if (stopping_) follower.finish(close_code::going_away, "the server is going down");
}

void Shard::take(Unregister const& message) {
  Follower& follower = *message.follower;
  Feed& feed = *follower.cursor().feed();
  std::swap(feed.followers[follower.feed_slot], feed.followers.back());
  feed.followers[follower.feed_slot]->feed_slot = follower.feed_slot;
  feed.followers.pop_back();
  follower.cursor().leave();
  stats_.followers[static_cast<std::size_t>(follower.cursor().form())].take(1);
  if (--followers_ == 0) farewell_.cancel();
  if (!feed.followers.empty()) return;
  auto const log = follower.cursor().log();
  if (feed.dirty) std::erase(dirty_, &feed);
  hub_.unwant(log, index_);
  pages_.forget(log);
  feeds_.erase(log);
}

void Shard::end_unpermitted() {
  for (auto const& [log, feed] : feeds_) {
    for (auto const& follower : feed->followers) {
      if (!follower->permitted()) follower->finish(close_code::policy_violation, permit_withdrawn);
    }
  }
}

// --- publishing ---

Awaitable<> Shard::run() {
  running_ = true;
  tasks_.spawn(keep_time());
  while (true) {
    auto const messages = co_await inbox_.receive_all();
    if (messages.empty()) break;
    take_turn(messages);
    co_await yield();  // whoever publishes without a pause must not keep blocked clients and timers waiting
  }
  co_await end();
}

// Those whom the messages put in line have their first turn at once, without a coroutine for it.
void Shard::take_turn(std::vector<Message> const& messages) {
  bool const first_in_line = !std::exchange(pumping_, true);
  for (auto const& message : messages) {
    std::visit([this](auto const& content) { take(content); }, message);
  }
  flush_when_due();
  if (!first_in_line) return;
  pumping_ = !pump_slice();
  if (pumping_) tasks_.spawn(pump_line());
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
    unflushed_bytes_ += events->bytes().size();
    if (unflushed_bytes_ >= hub_.options().flush_bytes) flush();
  }
}

// A lone send costs microseconds, nearly all of it in the kernel: so at once when it is quiet, and together when not.
// A flush may be early by one interval, which the next one pays for (the generic cell rate algorithm, ITU-T I.371):
// counted from the last flush alone, events that come once each interval would wait longer and longer for it.
void Shard::flush_when_due() {
  if (dirty_.empty()) return;
  if (Clock::now() >= flushes_paid_until_ - hub_.options().flush_every) return flush();
  if (!std::exchange(flush_armed_, true)) tasks_.spawn(flush_later());
}

Awaitable<> Shard::flush_later() {
  asio::steady_timer timer(executor_, flushes_paid_until_ - hub_.options().flush_every);
  co_await timer.async_wait(asio::use_awaitable);
  flush_armed_ = false;
  flush_when_due();
}

void Shard::flush() {
  flushes_paid_until_ = std::max(flushes_paid_until_, Clock::now()) + hub_.options().flush_every;
  unflushed_bytes_ = 0;
  for (Feed* feed : std::exchange(dirty_, {})) {
    feed->dirty = false;
    for (auto const& follower : feed->followers) {
      if (follower->cursor().state() != Cursor::State::at_end) continue;
      follower->offer();
      live_until_ = flushes_paid_until_ + live_for;
    }
  }
}

void Shard::pump_later(std::shared_ptr<Client> client) {
  if (std::exchange(client->in_line, true)) return;
  auto& line = gives_way(*client) ? line_behind_ : line_;
  line.push_back(std::move(client));
  if (!std::exchange(pumping_, true)) tasks_.spawn(pump_line());
}

// Without anybody to give way to, whoever catches up would only be slower for it.
bool Shard::gives_way(Client const& client) const { return client.cursor().in_history() && Clock::now() < live_until_; }

// Catching up has no end that anyone waits for: between two turns of those who do, other threads may have the processor
// for what is live.
Awaitable<> Shard::pump_line() {
  while (!pump_slice()) {
    if (!line_behind_.empty()) std::this_thread::yield();
    co_await yield();
  }
  pumping_ = false;
}

// True: nobody is left in line.
bool Shard::pump_slice() {
  for (auto const slice_end = Clock::now() + line_slice; !line_.empty() && Clock::now() < slice_end;) pump_first(line_);
  if (!line_behind_.empty()) pump_first(line_behind_);
  return line_.empty() && line_behind_.empty();
}

void Shard::pump_first(Line& line) {
  auto const client = std::move(line.front());
  line.pop_front();
  client->in_line = false;
  client->pump();
}

// --- time ---

void Shard::remind(Client& client, Client::Time when) {
  if (when < client.next_tick) wheel_.add(client, when);
}

Liveness::Clock::duration Shard::ping_offset() {
  // Half a period, in steps of the golden ratio: spread evenly however many come.
  spread_ += 0x9E3779B9;
  return client_limits().ping / 2 * (spread_ >> 16) / 0x10000;
}

Awaitable<> Shard::keep_time() {
  asio::steady_timer timer(executor_);
  for (unsigned turn = 0;; ++turn) {
    timer.expires_after(Wheel<Client>::step);
    co_await timer.async_wait(asio::use_awaitable);
    wheel_.turn(Clock::now());
    if (turn % 4 == 0) bound_windows();
  }
}

void Shard::bound_windows() {
  std::size_t bytes = 0;
  std::size_t count = 0;
  auto const each = [this](auto visit) {
    for (auto const& [log, feed] : feeds_) {
      for (auto const& window : feed->windows) {
        if (window) visit(*window);
      }
    }
  };
  each([&](Window const& window) { bytes += window.bytes(), ++count; });
  if (bytes <= hub_.options().windows_bytes) return;
  each([share = hub_.options().windows_bytes / count](Window& window) { window.trim(share); });
}

// --- the end ---

Awaitable<> Shard::stop() {
  stopping_ = true;
  for (auto const& [log, feed] : feeds_) {
    for (auto const& follower : feed->followers) follower->finish(close_code::going_away, "the server is going down");
  }
  if (followers_ > 0) {
    farewell_.expires_after(hub_.options().farewell);
    co_await farewell_.async_wait(as_tuple);
  }
  inbox_.close();
  if (running_) co_await ended_.async_wait(as_tuple);
}

// Ends what still runs, so that nothing refers to this afterwards.
Awaitable<> Shard::end() {
  tasks_.cancel();
  std::exception_ptr failure;
  try {
    co_await tasks_.join();
  } catch (...) {
    failure = std::current_exception();
  }
  line_.clear();
  line_behind_.clear();
  for (auto const& [log, feed] : feeds_) {
    hub_.unwant(log, index_);
    for (auto const& follower : feed->followers) follower->cursor().leave();
  }
  dirty_.clear();
  feeds_.clear();
  running_ = false;
  ended_.cancel();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace runcast
