#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/channel.hpp"
#include "base/task_group.hpp"
#include "hub/client.hpp"
#include "hub/feed.hpp"
#include "hub/pages.hpp"
#include "hub/shard_stats.hpp"
#include "hub/wheel.hpp"

namespace runcast {

class Hub;

// Committed events of one log, as WebSocket frames, in order.
struct Publication {
  Ulid log;
  std::shared_ptr<Segment const> events;
};

struct HubOptions {
  ClientLimits client;
  WebsocketLimits websocket{4096, 16};  // followers of a run have nothing to say
  Pages::Limits pages;
  std::size_t window_bytes = 4 * 1024 * 1024;    // of one log in one form
  std::size_t windows_bytes = 64 * 1024 * 1024;  // of all of them in a shard, looked after once a second
  std::size_t inbox = 256;                       // messages to a shard that wait
  std::chrono::microseconds flush_every{1000};   // under load, on average; at once where it is quieter
  std::size_t flush_bytes = 256 * 1024;          // or once so much is new
  std::chrono::milliseconds farewell{1000};      // for clients to close when the server goes down
  std::string epoch;
};

// One thread's part of the hub. run() takes registrations and publications from a bounded channel, all that waits in
// one go; followers are its own, and nothing that it touches is locked.
class Shard {
 public:
  // `executor` runs on one thread: the shard's. All but publish() is to be called on it.
  Shard(asio::any_io_executor executor, std::size_t index, Hub& hub, History& history);
  ~Shard();
  Shard(Shard const&) = delete;
  Shard& operator=(Shard const&) = delete;

  // Makes the connection a follower. The shard owns it from here on.
  void attach(std::unique_ptr<Transport> transport, Follow follow);

  // Hands committed events over; waits while the inbox is full. Any thread.
  Awaitable<> publish(std::vector<Publication> publications);

  // Until stop(); throws then what went wrong within, if anything did.
  Awaitable<> run();

  // Tells every follower that the server is going down (1001), gives them a while to close, and ends run(): returns
  // when that has ended.
  Awaitable<> stop();

  // Ends (1008) those whose permit was withdrawn.
  void end_unpermitted();

  std::size_t clients() const { return followers_; }
  Pages const& pages() const { return pages_; }
  ShardStats const& stats() const { return stats_; }  // any thread
  ShardStats& stats() { return stats_; }
  asio::any_io_executor executor() const { return executor_; }

  // For followers. The shard keeps them from join() to leave(); both wait their turn in the inbox, leave() unseen.
  Awaitable<bool> join(std::shared_ptr<Follower> follower);  // false: the shard has ended
  void leave(std::shared_ptr<Follower> follower);
  void spawn(Awaitable<> task) { tasks_.spawn(std::move(task)); }

  // For clients.
  ClientLimits const& client_limits() const;
  WebsocketLimits const& websocket_limits() const;
  std::string const& epoch() const;
  void pump_later(std::shared_ptr<Client> client);  // in its turn; others have theirs before
  bool gives_way(Client const& client) const;       // it catches up while others follow live
  void remind(Client& client, Client::Time when);   // tick() it then, or earlier
  asio::mutable_buffer scratch() { return asio::buffer(scratch_); }
  Liveness::Clock::duration ping_offset();  // spreads the first pings of clients that came together

 private:
  using Clock = Liveness::Clock;
  struct Register {
    std::shared_ptr<Follower> follower;
  };
  struct Unregister {
    std::shared_ptr<Follower> follower;
  };
  using Line = std::deque<std::shared_ptr<Client>>;
  using Message = std::variant<Register, Unregister, std::vector<Publication>>;

  void send(Message message);
  Awaitable<> send_later(Message message);
  void take_turn(std::vector<Message> const& messages);
  void take(Register const& message);
  void take(Unregister const& message);
  void take(std::vector<Publication> const& publications);
  void flush_when_due();
  void flush();
  Awaitable<> flush_later();
  Awaitable<> pump_line();
  bool pump_slice();
  static void pump_first(Line& line);
  Awaitable<> keep_time();
  void bound_windows();
  Awaitable<> end();

  asio::any_io_executor executor_;
  std::size_t index_;
  Hub& hub_;
  TaskGroup tasks_;
  Pages pages_;
  Channel<Message> inbox_;
  std::unordered_map<Ulid, std::unique_ptr<Feed>> feeds_;
  std::size_t followers_ = 0;
  ShardStats stats_;

  std::vector<Feed*> dirty_;
  std::size_t unflushed_bytes_ = 0;
  Clock::time_point flushes_paid_until_{};  // each takes flush_every of time; see flush_when_due()
  bool flush_armed_ = false;
  Clock::time_point live_until_{};  // and a while after the last event that was sent as it came

  Line line_;         // those who have more to send
  Line line_behind_;  // of them, who catch up: one has a turn after each slice of the others
  bool pumping_ = false;

  Wheel<Client> wheel_;
  std::uint32_t spread_ = 0;

  bool running_ = false;
  bool stopping_ = false;
  asio::steady_timer farewell_;
  asio::steady_timer ended_;  // never expires: cancelled when run() ends

  std::array<char, 16 * 1024> scratch_;
};

}  // namespace runcast
