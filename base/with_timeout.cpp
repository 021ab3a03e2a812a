#include "base/with_timeout.hpp"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>

#include "base/duration.hpp"
#include "base/race.hpp"

namespace runcast::detail {

Awaitable<bool> run_within(Millis limit, Awaitable<> task) {
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  co_return co_await race(std::move(task), timer.async_wait(asio::deferred));
}

Error timed_out_after(Millis limit) {
  return fail(Errc::timed_out, fmt::format("it took longer than {}", format_duration(limit)));
}

}  // namespace runcast::detail
