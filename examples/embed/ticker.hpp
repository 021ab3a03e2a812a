#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/task_group.hpp"
#include "hub/hub.hpp"
#include "memory_log.hpp"

// A program with a hub in it, on one thread: it publishes ticks, follows them itself, and serves them to whoever
// connects a WebSocket.
class Ticker {
 public:
  explicit Ticker(int ticks);

  // Until the last tick was told to everybody; gives how many its own subscription saw.
  int run();

 private:
  runcast::Awaitable<> accept();
  runcast::Awaitable<> greet(runcast::asio::ip::tcp::socket socket);
  runcast::Awaitable<> publish();
  runcast::Awaitable<> subscribe();

  int ticks_;
  int seen_ = 0;
  runcast::Ulid const log_ = runcast::next_ulid();
  runcast::asio::io_context context_{1};
  runcast::asio::ip::tcp::acceptor listener_;
  MemoryLog history_;
  runcast::Hub hub_;
  runcast::TaskGroup tasks_{context_.get_executor()};
};
