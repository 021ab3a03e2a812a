#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/asio.hpp"

namespace runcast {

// Lets the coroutine that waits look again at what it waits for. It remembers nothing: look first, then wait. One
// executor, one waiter at a time.
class Wakeup {
 public:
  explicit Wakeup(asio::any_io_executor const& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

  void notify() { timer_.cancel(); }
  Awaitable<> wait() { co_await timer_.async_wait(as_tuple); }

 private:
  asio::steady_timer timer_;
};

}  // namespace runcast
