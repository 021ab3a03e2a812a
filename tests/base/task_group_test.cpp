#include "base/task_group.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/channel.hpp"
#include "tests/base/run.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

Awaitable<> add(std::vector<int>& to, int value) {
  to.push_back(value);
  co_return;
}

Awaitable<> wait_for_close(Channel<int>& channel) { co_await channel.receive(); }

Awaitable<> throw_after_a_while(std::string what) {
  co_await yield();
  throw std::runtime_error(what);
}

// Cleans up, slowly, after it was cancelled.
Awaitable<> end_reluctantly(bool& cleaned_up) {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(as_tuple);
  co_await asio::this_coro::reset_cancellation_state();
  for (int i = 0; i < 10; ++i) co_await yield();
  cleaned_up = true;
}

struct TaskGroupTest {
  asio::io_context context;
  TaskGroup group{context.get_executor()};
  Channel<int> channel{1};
};

}  // namespace

TEST_CASE_METHOD(TaskGroupTest, "join waits for every task") {
  std::vector<int> done;
  for (int i = 0; i < 3; ++i) group.spawn(add(done, i));
  run(context, group.join());
  CHECK(done == std::vector{0, 1, 2});
  CHECK(group.size() == 0);
}

TEST_CASE_METHOD(TaskGroupTest, "joining an empty group, or joining again, returns") {
  run(context, group.join());
  run(context, group.join());
  CHECK(group.size() == 0);
}

TEST_CASE_METHOD(TaskGroupTest, "a task's first line runs after spawn has returned") {
  std::vector<int> order;
  run(context, [](TaskGroup& tasks, std::vector<int>& to) -> Awaitable<> {
    tasks.spawn(add(to, 2));
    to.push_back(1);
    co_await tasks.join();
  }(group, order));
  CHECK(order == std::vector{1, 2});
}

TEST_CASE_METHOD(TaskGroupTest, "join waits for tasks that are spawned while it waits") {
  std::vector<int> done;
  group.spawn([](TaskGroup& tasks, std::vector<int>& to) -> Awaitable<> {
    co_await yield();
    tasks.spawn(add(to, 1));
  }(group, done));
  run(context, group.join());
  CHECK(done == std::vector{1});
}

TEST_CASE_METHOD(TaskGroupTest, "cancel ends tasks that wait, and is no failure") {
  for (int i = 0; i < 3; ++i) {
    group.spawn([](Channel<int>& full) -> Awaitable<> {
      while (co_await full.send(1)) {
      }
    }(channel));
  }
  settle(context);
  CHECK(group.size() == 3);
  group.cancel();
  CHECK_NOTHROW(run(context, group.join()));
}

TEST_CASE_METHOD(TaskGroupTest, "a task that is cancelled before its first line never starts") {
  std::vector<int> done;
  group.spawn(add(done, 1));
  group.cancel();
  run(context, group.join());
  CHECK(done.empty());
}

TEST_CASE_METHOD(TaskGroupTest, "cancel reaches only the tasks that there are") {
  std::vector<int> done;
  group.spawn(wait_for_close(channel));
  settle(context);
  group.cancel();
  group.spawn(add(done, 1));
  run(context, group.join());
  CHECK(done == std::vector{1});
}

TEST_CASE_METHOD(TaskGroupTest, "a task that throws leaves the others running, and join throws it once") {
  group.spawn(throw_after_a_while("first"));
  group.spawn(throw_after_a_while("second"));
  group.spawn(wait_for_close(channel));
  settle(context);
  CHECK(group.size() == 1);
  channel.close();
  CHECK_THROWS_WITH(run(context, group.join()), "first");
  CHECK_NOTHROW(run(context, group.join()));
}

TEST_CASE("a group tells of each failure at once") {
  asio::io_context context;
  std::vector<std::string> told;
  TaskGroup group{context.get_executor(), [&told](std::exception_ptr const& exception) {
                    try {
                      std::rethrow_exception(exception);
                    } catch (std::exception const& error) {
                      told.emplace_back(error.what());
                    }
                  }};
  Channel<int> channel{1};
  group.spawn(wait_for_close(channel));
  group.spawn(throw_after_a_while("one"));
  group.spawn(throw_after_a_while("two"));
  settle(context);
  CHECK(told == std::vector<std::string>{"one", "two"});
  group.cancel();
  CHECK_THROWS_WITH(run(context, group.join()), "one");
  CHECK(told.size() == 2);
}

TEST_CASE_METHOD(TaskGroupTest, "a join that is cancelled cancels the tasks and waits for them all the same") {
  bool cleaned_up = false;
  bool was_clean_at_the_end = false;
  group.spawn(end_reluctantly(cleaned_up));
  Fate joiner;
  asio::cancellation_signal signal;
  asio::co_spawn(
      context,
      [](TaskGroup& tasks, bool const& clean, bool& at_the_end) -> Awaitable<> {
        try {
          co_await tasks.join();
        } catch (...) {
          at_the_end = clean;
          throw;
        }
      }(group, cleaned_up, was_clean_at_the_end),
      asio::bind_cancellation_slot(signal.slot(), joiner.recorder()));
  settle(context);
  CHECK_FALSE(joiner.ended);
  signal.emit(asio::cancellation_type::terminal);
  settle(context);
  CHECK(joiner.cancelled());
  CHECK(was_clean_at_the_end);
  CHECK(group.size() == 0);
}

TEST_CASE("a context that is destroyed takes a group's tasks, and who waits for them, with it") {
  auto const held = std::make_shared<int>();
  {
    asio::io_context context;
    asio::co_spawn(
        context,
        [](std::shared_ptr<int> by_owner) -> Awaitable<> {
          TaskGroup group(co_await asio::this_coro::executor);
          group.spawn([](std::shared_ptr<int>) -> Awaitable<> {
            asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
            co_await never.async_wait(asio::use_awaitable);
          }(by_owner));
          co_await group.join();
        }(held),
        Fate{}.recorder());
    settle(context);
    CHECK(held.use_count() == 3);
  }
  CHECK(held.use_count() == 1);
}
