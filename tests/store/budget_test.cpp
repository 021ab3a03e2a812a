#include <catch2/catch.hpp>

#include "base/task_group.hpp"
#include "store/budget.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

Awaitable<> take(Budget& budget, Weight weight, std::string name, std::vector<std::string>& log) {
  auto const taken = co_await budget.acquire(weight);
  log.push_back(name + (taken ? " has room" : " is refused"));
}

Awaitable<> settle() {
  for (int i = 0; i < 10; ++i) co_await yield();
}

}  // namespace

TEST_CASE("room is given in the order in which it was asked for, by both measures") {
  Budget budget({10, 100});
  std::vector<std::string> log;
  await([](Budget& from, std::vector<std::string>& out) -> Awaitable<> {
    TaskGroup group(co_await asio::this_coro::executor);
    auto const first = (co_await from.acquire({5, 90})).value();
    group.spawn(take(from, {1, 50}, "the large one", out));
    group.spawn(take(from, {1, 1}, "the small one", out));
    co_await settle();
    CHECK(out.empty());
    from.release(first);
    co_await group.join();
  }(budget, log));
  CHECK(log == std::vector<std::string>{"the large one has room", "the small one has room"});
}

TEST_CASE("what is larger than the whole budget gets all of it") {
  Budget budget({10, 100});
  auto const taken = await(budget.acquire({20, 50})).value();
  CHECK(taken.events == 10);
  CHECK(taken.bytes == 50);
}

TEST_CASE("a closed budget refuses those who wait and those who come") {
  Budget budget({1, 100});
  std::vector<std::string> log;
  await([](Budget& from, std::vector<std::string>& out) -> Awaitable<> {
    TaskGroup group(co_await asio::this_coro::executor);
    (co_await from.acquire({1, 1})).value();
    group.spawn(take(from, {1, 1}, "the waiting one", out));
    co_await settle();
    from.close(fail(Errc::closed, "closed"));
    co_await take(from, {1, 1}, "the late one", out);
    co_await group.join();
  }(budget, log));
  std::sort(log.begin(), log.end());
  CHECK(log == std::vector<std::string>{"the late one is refused", "the waiting one is refused"});
}

TEST_CASE("who is cancelled while waiting for room leaves the line") {
  Budget budget({1, 100});
  std::vector<std::string> log;
  await([](Budget& from, std::vector<std::string>& out) -> Awaitable<> {
    TaskGroup cancelled(co_await asio::this_coro::executor);
    TaskGroup patient(co_await asio::this_coro::executor);
    auto const first = (co_await from.acquire({1, 1})).value();
    cancelled.spawn(take(from, {1, 1}, "the cancelled one", out));
    co_await settle();
    patient.spawn(take(from, {1, 1}, "the patient one", out));
    co_await settle();
    cancelled.cancel();
    co_await cancelled.join();
    from.release(first);
    co_await patient.join();
  }(budget, log));
  CHECK(log == std::vector<std::string>{"the patient one has room"});
}
