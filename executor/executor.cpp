#include "executor/executor.hpp"

#include <future>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "base/thread.hpp"
#include "executor/runs.hpp"
#include "executor/schedules.hpp"

namespace runcast {

struct Executor::Impl {
  Impl(ExecutorOptions options, Store& store, BroadcastStepLogger& logger, Console& console)
      : runs(context.get_executor(), std::move(options), store, logger, console),
        schedules(context.get_executor(), runs.options(), store, console, runs.plans(),
                  [this](Submission submission) { return runs.submit(std::move(submission)); }),
        thread([this] {
          name_this_thread("executor");
          keep_turns_short();
          context.run();
        }) {}

  ~Impl() {
    asio::co_spawn(context, abandon(), asio::use_future).get();
    guard.reset();
    thread.join();
  }

  // Does it on the executor's thread, and goes on on the caller's. It cannot be cancelled from there: the signal would
  // be given on one thread and heard on another.
  template <class T>
  Awaitable<T> on_thread(Awaitable<T> task) {
    return asio::co_spawn(context, std::move(task),
                          asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  }

  Awaitable<Result<void>> start() {
    auto const started = co_await runs.start();
    if (!started) co_return started;
    co_return co_await schedules.start();
  }

  Awaitable<> stop(Millis bound) {
    co_await schedules.stop();
    co_await runs.stop(bound);
  }

  Awaitable<> abandon() {
    co_await schedules.stop();
    co_await runs.abandon();
  }

  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(context);
  Runs runs;
  Schedules schedules;
  std::thread thread;
};

Executor::Executor(ExecutorOptions options, Store& store, BroadcastStepLogger& logger, Console& console)
    : impl_(std::make_unique<Impl>(std::move(options), store, logger, console)) {}

Executor::~Executor() = default;

Awaitable<Result<void>> Executor::start() { return impl_->on_thread(impl_->start()); }

Awaitable<Result<RunId>> Executor::submit(Submission submission) {
  return impl_->on_thread(impl_->runs.submit(std::move(submission)));
}

Awaitable<Result<RunId>> Executor::rerun(RunId run, std::string by, std::string key, std::string fingerprint) {
  return impl_->on_thread(impl_->runs.rerun(run, std::move(by), std::move(key), std::move(fingerprint)));
}

Awaitable<Result<void>> Executor::cancel(RunId run, std::string step, std::string by) {
  return impl_->on_thread(impl_->runs.cancel(run, std::move(step), std::move(by), stop_reason::requested));
}

Awaitable<Result<void>> Executor::approve(RunId run, std::string step, bool approved, std::string by,
                                          std::optional<std::string> comment) {
  return impl_->on_thread(impl_->runs.approve(run, std::move(step), approved, std::move(by), std::move(comment)));
}

Awaitable<> Executor::workflow_changed(std::string name) {
  return impl_->on_thread(impl_->schedules.changed(std::move(name)));
}

Secrets const& Executor::secrets() const { return impl_->runs.options().secrets; }

Queue& Executor::queue() { return impl_->runs.queue(); }

PlanCache& Executor::plans() { return impl_->runs.plans(); }

Awaitable<std::vector<RunId>> Executor::active() { return impl_->on_thread(impl_->runs.active()); }

Awaitable<bool> Executor::can_spawn() { return impl_->on_thread(impl_->runs.can_spawn()); }

Awaitable<> Executor::stop(Millis bound) { return impl_->on_thread(impl_->stop(bound)); }

}  // namespace runcast
