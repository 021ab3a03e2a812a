#include "base/with_timeout.hpp"

#include <fmt/format.h>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/duration.hpp"

namespace runcast::detail {
namespace {

// The group must not complete within its own start, hence the first suspension. A spawned coroutine hears of terminal
// cancellation only, unless it asks for more; asked after a cancellation, it would forget that one, hence the order.
Awaitable<> run(Awaitable<> task) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await yield();
  co_await std::move(task);
}

}  // namespace

Awaitable<bool> run_within(Millis limit, Awaitable<> task) {
  auto const executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, run(std::move(task)), asio::deferred),
                                                       timer.async_wait(asio::deferred));
  auto const [order, failure, timer_error] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (!failure) co_return true;
  auto const own_state = co_await asio::this_coro::cancellation_state;
  bool const time_was_up = !timer_error && own_state.cancelled() == asio::cancellation_type::none;
  if (time_was_up && is_cancellation(failure)) co_return false;
  std::rethrow_exception(failure);
}

Error timed_out_after(Millis limit) {
  return fail(Errc::timed_out, fmt::format("it took longer than {}", format_duration(limit)));
}

}  // namespace runcast::detail
