#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

#include "base/asio.hpp"

namespace runcast {

// Owns coroutines on one executor: starts them, cancels them, waits for them, and loses no exception. All calls come
// from that executor (or while nothing runs on it). Its owner joins it before it goes; what the tasks refer to outlives
// the join.
class TaskGroup {
 public:
  // Told at once of every exception of a task, cancellations apart.
  using OnFailure = std::function<void(std::exception_ptr)>;

  explicit TaskGroup(asio::any_io_executor executor, OnFailure on_failure = {});
  TaskGroup(TaskGroup const&) = delete;
  TaskGroup& operator=(TaskGroup const&) = delete;

  // Starts a task; its first line runs after the caller has let go of the executor. One that is cancelled before that
  // never starts. A task's end does not touch the others, whatever the reason.
  void spawn(Awaitable<> task);

  // Terminal cancellation of all tasks that there are now; it does not wait, join() does.
  void cancel();

  // Waits until there is no task, those that were spawned meanwhile included; then throws the first exception that was
  // not a cancellation, once. Cancelled itself it cancels the tasks, waits for them all the same, and throws after
  // that.
  // (In a coroutine that was cancelled before, awaiting it throws at once, as any await does: reset its state first.)
  Awaitable<> join();

  std::size_t size() const;

 private:
  struct State;

  asio::any_io_executor executor_;
  std::shared_ptr<State> state_;  // shared with the tasks' completions
};

}  // namespace runcast
