#include "base/until.hpp"

#include "base/race.hpp"

namespace runcast::detail {

Awaitable<bool> run_until(Awaitable<> event, Awaitable<> task) {
  co_return co_await race(std::move(task), racer(co_await asio::this_coro::executor, std::move(event)));
}

}  // namespace runcast::detail
