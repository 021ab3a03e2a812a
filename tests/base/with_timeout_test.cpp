#include "base/with_timeout.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/channel.hpp"
#include "tests/base/run.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

constexpr Millis ages = 1h;

Awaitable<std::unique_ptr<int>> answer(int value) { co_return std::make_unique<int>(value); }

Awaitable<> wait_forever() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

// Takes note of its cancellation, and answers nevertheless.
Awaitable<std::string> answer_late() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(as_tuple);
  co_return "late";
}

Awaitable<int> throw_something() {
  co_await yield();
  throw std::runtime_error("broken");
}

Awaitable<int> throw_when_cancelled() {
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(as_tuple);
  throw std::runtime_error("broken while it ended");
}

template <class T>
Awaitable<> keep(std::optional<Result<T>>& result, Millis limit, Awaitable<T> task) {
  result.emplace(co_await with_timeout(limit, std::move(task)));
}

template <class T>
Result<T> result_of(Millis limit, Awaitable<T> task) {
  std::optional<Result<T>> result;
  run(keep(result, limit, std::move(task)));
  return std::move(result).value();
}

}  // namespace

TEST_CASE("a task that ends in time gives its result") {
  CHECK(*result_of(ages, answer(7)).value() == 7);
  CHECK(result_of(ages, yield()).has_value());
}

TEST_CASE("a task that does not end in time is cancelled, and its end waited for") {
  auto const result = result_of(1ms, wait_forever());
  REQUIRE(result.has_error());
  CHECK(result.error() == Error{Errc::timed_out, "it took longer than 1ms"});
}

TEST_CASE("a result that arrives after the time was up still counts") {
  CHECK(result_of(1ms, answer_late()).value() == "late");
}

TEST_CASE("a task that is done when its time is up is done") {
  for (int i = 0; i < 1'000; ++i) {
    auto const result = result_of(0ms, answer(i));
    if (result) {
      REQUIRE(**result == i);
    } else {
      REQUIRE(result.error().code == Errc::timed_out);
    }
  }
}

TEST_CASE("what a task throws passes through, with its time up or not") {
  CHECK_THROWS_WITH(result_of(ages, throw_something()), "broken");
  CHECK_THROWS_WITH(result_of(1ms, throw_when_cancelled()), "broken while it ended");
}

TEST_CASE("a time limit holds within another one") {
  auto const outer_first = result_of(1ms, with_timeout(ages, wait_forever()));
  REQUIRE(outer_first.has_error());
  CHECK(outer_first.error().code == Errc::timed_out);
  auto const inner_first = result_of(ages, with_timeout(1ms, wait_forever()));
  REQUIRE(inner_first.has_value());
  CHECK(inner_first->error().code == Errc::timed_out);
}

TEST_CASE("who waits with a time limit can be cancelled, and that is no time-out") {
  auto const type = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::total);
  asio::io_context context;
  Channel<int> channel{1};
  Fate fate;
  asio::cancellation_signal signal;
  asio::co_spawn(
      context,
      [](Channel<int>& from) -> Awaitable<> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await with_timeout(ages, from.receive());
      }(channel),
      asio::bind_cancellation_slot(signal.slot(), fate.recorder()));
  settle(context);
  CHECK_FALSE(fate.ended);
  signal.emit(type);
  settle(context);
  CHECK(fate.cancelled());
}

TEST_CASE("a coroutine goes on as before after a time-out") {
  bool went_on = false;
  run([](bool& on) -> Awaitable<> {
    for (int i = 0; i < 3; ++i) {
      auto const result = co_await with_timeout(0ms, wait_forever());
      if (result) co_return;
    }
    co_await yield();
    on = true;
  }(went_on));
  CHECK(went_on);
}
