#pragma once

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
#include "hub/pages.hpp"
#include "hub/wheel.hpp"
#include "hub/window.hpp"

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
  std::size_t window_bytes = 512 * 1024;        // of one log in one form
  std::size_t inbox = 256;                      // messages to a shard that wait
  std::chrono::microseconds flush_every{1000};  // under load; at once where nothing was sent for that long
  std::string epoch;
};

// The live side of one log in one shard: its newest events, and who follows it here.
struct Feed {
  std::array<std::unique_ptr<Window>, 3> windows;  // by Form; only forms that somebody here uses
  std::vector<std::shared_ptr<Client>> clients;
  bool dirty = false;  // has events that its clients were not offered yet
};

// One thread's part of the hub. run() takes registrations and publications from a bounded channel, all that waits in
// one go; clients are its own, and nothing that it touches is locked.
class Shard {
 public:
  // `executor` runs on one thread: the shard's. All but publish() is to be called on it.
  Shard(asio::any_io_executor executor, std::size_t index, Hub& hub, History& history);
  ~Shard();

  // Makes the connection a follower. The shard owns it from here on.
  void attach(std::unique_ptr<Transport> transport, Follow follow);

  // Hands committed events over; waits while the inbox is full. Any thread.
  Awaitable<> publish(std::vector<Publication> publications);

  Awaitable<> run();

  // Tells every client that the server is going down (1001), lets them close for a while, ends run().
  Awaitable<> stop();

  std::size_t clients() const { return clients_; }
  asio::any_io_executor executor() const { return executor_; }

  // For clients.
  ClientLimits const& client_limits() const;
  WebsocketLimits const& websocket_limits() const;
  std::string const& epoch() const;
  Window const& window(Client const& client) const;
  Pages& pages() { return pages_; }
  void offer_to_window(Client const& client, Pages::Page const& page);
  void pump_later(std::shared_ptr<Client> client);
  void remind(Client& client, Client::Clock::time_point when);
  void spawn(Awaitable<> task) { tasks_.spawn(std::move(task)); }
  asio::mutable_buffer scratch() { return asio::buffer(scratch_); }
  Client::Clock::duration ping_offset();  // spreads the first pings of clients that came together

 private:
  struct Register {
    std::shared_ptr<Client> client;
  };
  struct Unregister {
    std::shared_ptr<Client> client;
  };
  using Message = std::variant<Register, Unregister, std::vector<Publication>>;

  Awaitable<> serve(std::shared_ptr<Client> client);
  Awaitable<> keep_time();
  void take(Register const& message);
  void take(Unregister const& message);
  void take(std::vector<Publication> const& publications);
  void flush_when_due();
  void flush();
  void pump_ready();

  asio::any_io_executor executor_;
  std::size_t index_;
  Hub& hub_;
  TaskGroup tasks_;
  Pages pages_;
  Channel<Message> inbox_;
  std::unordered_map<Ulid, std::unique_ptr<Feed>> feeds_;
  std::size_t clients_ = 0;
  std::vector<Feed*> dirty_;
  asio::steady_timer flush_timer_;
  asio::steady_timer clock_timer_;
  bool flush_armed_ = false;
  bool stopping_ = false;
  Client::Clock::time_point last_flush_{};
  std::deque<std::shared_ptr<Client>> ready_;
  bool ready_posted_ = false;
  Wheel wheel_;
  std::uint32_t spread_ = 0;
  std::array<char, 16 * 1024> scratch_;
};

}  // namespace runcast
