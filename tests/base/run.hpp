#pragma once

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/asio.hpp"

namespace runcast::testing {

// How a spawned coroutine ended, if it has.
struct Fate {
  bool ended = false;
  std::exception_ptr exception;

  bool failed() const { return ended && exception; }
  bool cancelled() const { return failed() && is_cancellation(exception); }

  auto recorder() {
    return [this](std::exception_ptr thrown) {
      ended = true;
      exception = std::move(thrown);
    };
  }
};

// Runs a coroutine, and all else that the context has, to the end; throws what the coroutine threw.
inline void run(asio::io_context& context, Awaitable<> task) {
  Fate fate;
  asio::co_spawn(context, std::move(task), fate.recorder());
  context.restart();
  context.run();
  if (fate.exception) std::rethrow_exception(fate.exception);
  if (!fate.ended) throw std::logic_error("the coroutine never ended");
}

inline void run(Awaitable<> task) {
  asio::io_context context;
  run(context, std::move(task));
}

// Runs whatever is ready, and returns once everything waits.
inline void settle(asio::io_context& context) {
  context.restart();
  context.poll();
}

}  // namespace runcast::testing
