#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "base/waiter.hpp"

namespace runcast {

// What a coroutine holds while another thread does something for it. That thread sets the outcome, perhaps more than
// once, and then calls wake().
template <class T>
class Ticket : public Waiter {
 public:
  void set(Result<T> outcome) {
    outcome_.emplace(std::move(outcome));
    exception_ = nullptr;
  }
  void set(std::exception_ptr exception) { exception_ = std::move(exception); }

  // After the wake. Throws the exception, if it is one.
  Result<T> take() {
    if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
    return std::move(*outcome_);
  }

 private:
  std::optional<Result<T>> outcome_;
  std::exception_ptr exception_;
};

// Waits for the outcome, or stops waiting when it is cancelled.
template <class T>
Awaitable<Result<T>> outcome_of(std::shared_ptr<Ticket<T>> ticket) {
  if (!co_await ticket->wait()) throw_cancelled();
  co_return ticket->take();
}

// Waits for the outcome even when it is cancelled; the caller's next wait throws then.
template <class T>
Awaitable<Result<T>> certain_outcome_of(std::shared_ptr<Ticket<T>> ticket) {
  bool const throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!co_await ticket->wait()) {
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return ticket->take();
}

}  // namespace runcast
