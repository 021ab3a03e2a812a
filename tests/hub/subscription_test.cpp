#include <catch2/catch.hpp>

#include "hub/subscription.hpp"
#include "tests/base/run.hpp"
#include "tests/hub/test_hub.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

// A program that follows a log, and remembers what it got.
struct Program {
  Awaitable<> follow(Shard& shard, SubscribeOptions options) {
    auto subscription = co_await Subscription::open(shard, std::move(options));
    while (subscription) {
      auto delivery = co_await subscription->next();
      if (!delivery) {
        error = delivery.error();
        break;
      }
      if (delivery->empty()) break;
      gaps += delivery->after_gap();
      largest = std::max(largest, delivery->items().size());
      for (auto const& item : delivery->items()) {
        seqs.push_back(item.position);
        texts.emplace_back(item.json);
      }
      position = subscription->position();
    }
    ended = true;
  }

  std::vector<std::uint64_t> seqs;
  std::vector<std::string> texts;
  std::size_t largest = 0;
  std::size_t gaps = 0;
  std::uint64_t position = 0;
  std::optional<Error> error;
  bool ended = false;
};

Subscription open(TestHub& hub, SubscribeOptions options) {
  std::optional<Result<Subscription>> opened;
  hub.spawn([](Shard& shard, SubscribeOptions wanted, auto& result) -> Awaitable<> {
    result.emplace(co_await Subscription::open(shard, std::move(wanted)));
  }(hub.shard(), std::move(options), opened));
  hub.until([&] { return opened.has_value(); });
  return std::move(opened->value());
}

Awaitable<> keep_next(Subscription& subscription, std::optional<Result<Delivery>>& result) {
  result.emplace(co_await subscription.next());
}

}  // namespace

TEST_CASE("a program follows a log from its start to its end") {
  TestHub hub;
  hub.store({run_start(), line("one")});
  Program program;
  hub.spawn(program.follow(hub.shard(), {.log = hub.log}));
  hub.until([&] { return program.seqs.size() == 2; });
  hub.publish({line("two"), line("three")});
  hub.until([&] { return program.seqs.size() == 4; });
  hub.publish({run_complete()});
  hub.until([&] { return program.ended; });
  CHECK(program.seqs == seqs(1, 5));
  CHECK(program.texts[3] == hub.history.json(hub.log, 4));
  CHECK_FALSE(program.error.has_value());
  hub.until([&] { return hub.shard().clients() == 0; });
}

TEST_CASE("a program resumes where it says, in deliveries of the size that it says") {
  TestHub hub;
  hub.store(lines(1000));
  hub.store({run_complete()});
  Program program;
  hub.spawn(program.follow(hub.shard(), {.log = hub.log, .after = 7, .max_events = 10}));
  hub.until([&] { return program.ended; });
  CHECK(program.seqs == seqs(8, 1001));
  CHECK(program.largest == 10);
}

TEST_CASE("a program's filter passes over events, and its position tells how far") {
  TestHub hub;
  Program program;
  SubscribeOptions options{.log = hub.log};
  options.filter.only_step("unit");
  hub.spawn(program.follow(hub.shard(), options));
  hub.settle();
  hub.publish({line("a", "build"), line("b", "unit"), line("c", "build")});
  hub.until([&] { return program.seqs.size() == 1; });
  CHECK(program.position == 3);
  for (int i = 0; i < 20; ++i) hub.publish(lines(1000));
  hub.publish({run_complete()});
  hub.until([&] { return program.ended; });
  CHECK(program.seqs == std::vector<std::uint64_t>{2, 20'004});
}

TEST_CASE("a program that asks slowly holds nobody up, and misses nothing") {
  HubOptions options;
  options.window_bytes = 16 * 1024;
  TestHub hub(options);
  auto subscription = open(hub, {.log = hub.log, .max_events = 100});
  auto const peer = hub.attach(0);
  hub.settle();
  for (int i = 0; i < 50; ++i) hub.publish(lines(100));
  hub.until([&] { return peer->got.seqs().size() == 5000; });
  std::uint64_t last = 0;
  while (last < 5000) {
    std::optional<Result<Delivery>> delivery;
    hub.spawn(keep_next(subscription, delivery));
    hub.until([&] { return delivery.has_value(); });
    for (auto const& item : delivery->value().items()) REQUIRE(item.position == ++last);
  }
}

TEST_CASE("a delivery's texts outlive the subscription") {
  TestHub hub;
  hub.store(lines(3));
  Delivery delivery;
  {
    auto subscription = open(hub, {.log = hub.log});
    std::optional<Result<Delivery>> next;
    hub.spawn(keep_next(subscription, next));
    hub.until([&] { return next.has_value(); });
    delivery = std::move(next->value());
  }
  hub.until([&] { return hub.shard().clients() == 0; });
  REQUIRE(delivery.items().size() == 3);
  CHECK(delivery.items()[2].json == hub.history.json(hub.log, 3));
  CHECK(delivery.items()[2].type == EventType::step_log);
}

TEST_CASE("a program that waits is told when the subscription is closed") {
  TestHub hub;
  auto subscription = open(hub, {.log = hub.log});
  std::optional<Result<Delivery>> next;
  hub.spawn(keep_next(subscription, next));
  hub.settle();
  REQUIRE_FALSE(next.has_value());
  SECTION("by itself") { subscription.close(); }
  SECTION("by the shard's end") { hub.stop(); }
  hub.until([&] { return next.has_value(); });
  CHECK(next->error().code == Errc::closed);
}

TEST_CASE("a subscription that is let go at once leaves nothing behind") {
  TestHub hub;
  {
    auto const subscription = open(hub, {.log = hub.log});
  }
  hub.settle();
  CHECK(hub.shard().clients() == 0);
}

TEST_CASE("a wait that was cancelled loses nothing") {
  TestHub hub;
  auto subscription = open(hub, {.log = hub.log});
  TaskGroup tasks(hub.context.get_executor());
  std::optional<Result<Delivery>> next;
  tasks.spawn(keep_next(subscription, next));
  hub.settle();
  tasks.cancel();
  hub.until([&] { return tasks.size() == 0; });
  REQUIRE_FALSE(next.has_value());
  hub.publish(lines(3));
  hub.spawn(keep_next(subscription, next));
  hub.until([&] { return next.has_value(); });
  CHECK(next->value().items().size() == 3);
}

TEST_CASE("a program is told where history lacks something, and of history's faults") {
  TestHub hub;
  hub.store(lines(40));
  hub.history.forget_before(hub.log, 31);
  auto subscription = open(hub, {.log = hub.log, .after = 5});
  std::optional<Result<Delivery>> next;
  hub.history.fail_with("no disk");
  hub.spawn(keep_next(subscription, next));
  hub.until([&] { return next.has_value(); });
  CHECK(next->error().message == "no disk");
  next.reset();
  hub.history.fail_with("");
  hub.spawn(keep_next(subscription, next));
  hub.until([&] { return next.has_value(); });
  CHECK(next->value().after_gap());
  CHECK(next->value().items().front().position == 31);
}

TEST_CASE("a shard that has ended takes no subscription") {
  TestHub hub;
  hub.stop();
  Program program;
  hub.spawn(program.follow(hub.shard(), {.log = hub.log}));
  hub.until([&] { return program.ended; });
  CHECK(program.seqs.empty());
}
