#include "base/task_group.hpp"

#include <list>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>

namespace runcast {

struct TaskGroup::State {
  // A signal lives as long as its task, and as long as it is being emitted.
  using Tasks = std::list<std::shared_ptr<asio::cancellation_signal>>;

  State(asio::any_io_executor const& executor, OnFailure on_failure)
      : report(std::move(on_failure)), some_left(executor, asio::steady_timer::time_point::max()) {}

  void finish(Tasks::iterator task, std::exception_ptr const& exception);

  OnFailure report;
  Tasks tasks;
  std::exception_ptr first_failure;
  asio::steady_timer some_left;  // never expires: join() waits for its cancellation
};

namespace {

// Suspending first means that spawn() returns before a task's first line, and that a task never ends within spawn().
Awaitable<> run(Awaitable<> task) {
  co_await yield();
  co_await std::move(task);
}

}  // namespace

void TaskGroup::State::finish(Tasks::iterator task, std::exception_ptr const& exception) {
  tasks.erase(task);
  if (tasks.empty()) some_left.cancel();
  if (!exception || is_cancellation(exception)) return;
  if (!first_failure) first_failure = exception;
  if (report) report(exception);
}

TaskGroup::TaskGroup(asio::any_io_executor executor, OnFailure on_failure)
    : executor_(std::move(executor)), state_(std::make_shared<State>(executor_, std::move(on_failure))) {}

void TaskGroup::spawn(Awaitable<> task) {
  auto& tasks = state_->tasks;
  auto const entry = tasks.insert(tasks.end(), std::make_shared<asio::cancellation_signal>());
  auto finish = [state = state_, entry](std::exception_ptr const& exception) { state->finish(entry, exception); };
  asio::co_spawn(executor_, run(std::move(task)), asio::bind_cancellation_slot((*entry)->slot(), std::move(finish)));
}

void TaskGroup::cancel() {
  // A spawned coroutine passes a signal on through its executor, by a bare pointer; from there it does so at once.
  asio::dispatch(executor_, [signals = std::vector(state_->tasks.begin(), state_->tasks.end())] {
    for (auto const& signal : signals) signal->emit(asio::cancellation_type::terminal);
  });
}

Awaitable<> TaskGroup::join() {
  // Leaving before the tasks have ended would take away what they refer to, so a cancellation is only noted here.
  bool const throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  bool cancelled = false;
  while (!state_->tasks.empty()) {
    co_await state_->some_left.async_wait(as_tuple);
    if (state_->tasks.empty()) break;
    cancelled = true;
    cancel();
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (auto const failure = std::exchange(state_->first_failure, nullptr)) std::rethrow_exception(failure);
  if (cancelled) throw_cancelled();
}

std::size_t TaskGroup::size() const { return state_->tasks.size(); }

}  // namespace runcast
