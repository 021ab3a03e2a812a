#include "base/until.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

namespace runcast::detail {
namespace {

// See with_timeout.cpp for why it begins like this.
Awaitable<> run(Awaitable<> task) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await yield();
  co_await std::move(task);
}

}  // namespace

Awaitable<bool> run_until(Awaitable<> event, Awaitable<> task) {
  auto const executor = co_await asio::this_coro::executor;
  auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, run(std::move(task)), asio::deferred),
                                                       asio::co_spawn(executor, run(std::move(event)), asio::deferred));
  auto const [order, failure, event_failure] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (!failure) co_return true;
  auto const own_state = co_await asio::this_coro::cancellation_state;
  bool const event_came = order[0] == 1 && own_state.cancelled() == asio::cancellation_type::none;
  if (event_came && is_cancellation(failure)) co_return false;
  std::rethrow_exception(failure);
}

}  // namespace runcast::detail
