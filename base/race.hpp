#pragma once

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include "base/asio.hpp"

// What until() and with_timeout() have in common; its headers are too heavy for theirs.
namespace runcast::detail {

// The group must not complete within its own start, hence the first suspension. A spawned coroutine hears of terminal
// cancellation only, unless it asks for more; asked after a cancellation, it would forget that one, hence the order.
inline Awaitable<> begin_race(Awaitable<> task) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await yield();
  co_await std::move(task);
}

inline auto racer(asio::any_io_executor const& executor, Awaitable<> task) {
  return asio::co_spawn(executor, begin_race(std::move(task)), asio::deferred);
}

// Runs a task beside a deferred operation and cancels whichever is left when one of them ends. false: the task ended by
// that cancellation. Throws what the task throws otherwise.
template <class Operation>
Awaitable<bool> race(Awaitable<> task, Operation other) {
  auto group = asio::experimental::make_parallel_group(racer(co_await asio::this_coro::executor, std::move(task)),
                                                       std::move(other));
  auto const [order, failure, of_other] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (!failure) co_return true;
  auto const own_state = co_await asio::this_coro::cancellation_state;
  bool const other_came = order[0] == 1 && own_state.cancelled() == asio::cancellation_type::none;
  if (other_came && is_cancellation(failure)) co_return false;
  std::rethrow_exception(failure);
}

}  // namespace runcast::detail
