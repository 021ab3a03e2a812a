#pragma once

#include <array>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/task_group.hpp"
#include "bench/common/message.hpp"
#include "bench/common/options.hpp"
#include "bench/common/schedule.hpp"
#include "bench/runcast/memory_history.hpp"
#include "bench/runcast/pace.hpp"
#include "hub/hub.hpp"

namespace runcast::bench {

// This project's hub as it is, on one thread, with one shard: around it a listener that knows one URL, a producer, and
// memory in the store's place.
class HubServer {
 public:
  explicit HubServer(PeerOptions const& options);

  // Until the process is ended.
  void run();

 private:
  struct Run {
    explicit Run(asio::any_io_executor const& executor) : pace(executor) {}
    std::string name;
    Ulid log;
    std::uint64_t seq = 0;
    Pace pace;
  };

  Awaitable<> listen();
  void greet(int fd);
  void attach(asio::ip::tcp::socket socket, std::string_view request);
  void start();
  Awaitable<> saturate(Run& run);
  Awaitable<> produce_due();
  void write_event(Run& run, Segment& segment, std::int64_t due_time);
  Awaitable<> publish(Run& run, std::shared_ptr<Segment const> events);

  PeerOptions options_;
  Schedule schedule_;
  MessageWriter writer_;
  MemoryHistory history_;
  asio::io_context context_{1};
  asio::steady_timer timer_{context_};
  std::vector<std::unique_ptr<Run>> runs_;
  std::unique_ptr<Hub> hub_;
  TaskGroup tasks_{context_.get_executor()};
  std::uint64_t produced_ = 0;
  unsigned attached_ = 0;
  std::array<char, 4096> request_;
};

}  // namespace runcast::bench
