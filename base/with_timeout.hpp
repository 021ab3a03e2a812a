#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "base/asio.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/until.hpp"

namespace runcast {
namespace detail {

// Runs a task, and cancels it after `limit`. false: it ended by that cancellation. Throws what the task throws
// otherwise.
Awaitable<bool> run_within(Millis limit, Awaitable<> task);

Error timed_out_after(Millis limit);

}  // namespace detail

// Gives a task so much time, then cancels it (all kinds of cancellation at once), waits for its end, and answers
// Errc::timed_out. A result that arrives all the same, with its time up or not, is the answer; so a task that turns a
// cancellation into a value, as one that awaits with `as_tuple` may, must look at that value. Exceptions pass through,
// and so does the caller's own cancellation, into the task and out of it.
template <class T>
Awaitable<Result<T>> with_timeout(Millis limit, Awaitable<T> task) {
  if constexpr (std::is_void_v<T>) {
    bool const in_time = co_await detail::run_within(limit, std::move(task));
    if (in_time) co_return Result<void>{};
  } else {
    std::optional<T> result;
    auto storing = detail::put_result(result, std::move(task));
    co_await detail::run_within(limit, std::move(storing));
    if (result) co_return Result<T>(boost::system::in_place_value, std::move(*result));
  }
  co_return Result<T>(boost::system::in_place_error, detail::timed_out_after(limit));
}

}  // namespace runcast
