#pragma once

#include <optional>
#include <utility>

#include "base/asio.hpp"

namespace runcast {
namespace detail {

// Runs a task, and cancels it when `event` ends first. false: it ended by that cancellation.
Awaitable<bool> run_until(Awaitable<> event, Awaitable<> task);

template <class T>
Awaitable<> put_result(std::optional<T>& result, Awaitable<T> task) {
  result.emplace(co_await std::move(task));
}

}  // namespace detail

// A task's result; or nothing where `event` ended first: then the task was cancelled, and waited for. A result that
// arrives all the same is the answer. Exceptions of the task pass through; `event` is cancelled when the task ends.
template <class T>
Awaitable<std::optional<T>> until(Awaitable<> event, Awaitable<T> task) {
  std::optional<T> result;
  auto putting = detail::put_result(result, std::move(task));
  co_await detail::run_until(std::move(event), std::move(putting));
  co_return result;
}

}  // namespace runcast
