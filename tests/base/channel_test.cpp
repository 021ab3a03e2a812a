#include "base/channel.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include "tests/base/run.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

// A coroutine that a test can look at, and cancel, while it waits.
struct Probe {
  Fate fate;
  asio::cancellation_signal signal;

  void start(asio::io_context& context, Awaitable<> task) {
    asio::co_spawn(context, std::move(task), asio::bind_cancellation_slot(signal.slot(), fate.recorder()));
    settle(context);
  }

  // Within the context only.
  void cancel(asio::cancellation_type type = asio::cancellation_type::terminal) { signal.emit(type); }
};

Awaitable<> send_one(Channel<int>& channel, int value, std::optional<bool>& sent) {
  sent = co_await channel.send(value);
}

Awaitable<> receive_one(Channel<int>& channel, std::optional<int>& received) { received = co_await channel.receive(); }

Awaitable<> receive_into(Channel<int>& channel, std::vector<int>& received) {
  received = co_await channel.receive_all();
}

std::vector<int> drain(asio::io_context& context, Channel<int>& channel) {
  std::vector<int> all;
  channel.close();
  run(context, [](Channel<int>& from, std::vector<int>& to) -> Awaitable<> {
    while (auto const value = co_await from.receive()) to.push_back(*value);
  }(channel, all));
  return all;
}

struct ChannelTest {
  asio::io_context context;
  Channel<int> channel{2};

  // Does it as one of the context's own handlers, then runs what that made ready.
  void in_context(std::function<void()> action) {
    asio::post(context, std::move(action));
    settle(context);
  }
};

}  // namespace

TEST_CASE_METHOD(ChannelTest, "messages are received in the order that they were sent") {
  std::vector<int> received;
  run(context, [](Channel<int>& both, std::vector<int>& to) -> Awaitable<> {
    for (int round = 0; round < 3; ++round) {
      bool const first = co_await both.send(2 * round);
      bool const second = co_await both.send(2 * round + 1);
      if (!first || !second) co_return;
      for (int i = 0; i < 2; ++i) to.push_back((co_await both.receive()).value());
    }
  }(channel, received));
  CHECK(received == std::vector{0, 1, 2, 3, 4, 5});
}

TEST_CASE("a message that finds the channel full, or closed, is left as it was") {
  Channel<std::unique_ptr<int>> channel{1};
  CHECK(channel.try_send(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  CHECK_FALSE(channel.try_send(second));
  REQUIRE(second);
  channel.close();
  CHECK_FALSE(channel.try_send(second));
  REQUIRE(second);
  CHECK(*second == 2);
}

TEST_CASE_METHOD(ChannelTest, "a receiver waits for a message and gets it") {
  std::optional<int> received;
  Probe receiver;
  receiver.start(context, receive_one(channel, received));
  CHECK_FALSE(receiver.fate.ended);
  CHECK(channel.try_send(7));
  CHECK_FALSE(receiver.fate.ended);  // it goes on through its executor, not within the sender
  settle(context);
  CHECK(received == 7);
}

TEST_CASE_METHOD(ChannelTest, "senders that wait for room get it in turn, before one that only tries") {
  CHECK(channel.try_send(1));
  CHECK(channel.try_send(2));
  std::optional<bool> sent_3, sent_4;
  std::optional<int> received;
  Probe third, fourth, receiver;
  third.start(context, send_one(channel, 3, sent_3));
  fourth.start(context, send_one(channel, 4, sent_4));
  CHECK(channel.size() == 2);

  receiver.start(context, receive_one(channel, received));
  CHECK(received == 1);
  CHECK(sent_3 == true);
  CHECK_FALSE(sent_4.has_value());
  CHECK_FALSE(channel.try_send(5));

  std::vector<int> rest;
  Probe taker;
  taker.start(context, receive_into(channel, rest));
  CHECK(rest == std::vector{2, 3});
  CHECK(sent_4 == true);
  CHECK(drain(context, channel) == std::vector{4});
}

TEST_CASE_METHOD(ChannelTest, "closing tells waiting senders no, and what was accepted is still received") {
  CHECK(channel.try_send(1));
  CHECK(channel.try_send(2));
  std::optional<bool> sent;
  Probe sender;
  sender.start(context, send_one(channel, 3, sent));
  channel.close();
  channel.close();
  settle(context);
  CHECK(channel.closed());
  CHECK(sent == false);

  std::optional<bool> sent_late;
  Probe late;
  late.start(context, send_one(channel, 4, sent_late));
  CHECK(sent_late == false);
  CHECK(drain(context, channel) == std::vector{1, 2});
}

TEST_CASE_METHOD(ChannelTest, "closing ends the wait of a receiver") {
  std::optional<int> received = 0;
  std::vector<int> all{0};
  Probe one, every;
  one.start(context, receive_one(channel, received));
  channel.close();
  settle(context);
  CHECK(one.fate.ended);
  CHECK_FALSE(received.has_value());
  every.start(context, receive_into(channel, all));
  CHECK(all.empty());
}

TEST_CASE_METHOD(ChannelTest, "a cancelled receive leaves the next message to the next receive") {
  std::optional<int> received;
  Probe cancelled, next;
  cancelled.start(context, receive_one(channel, received));
  in_context([&] {
    cancelled.cancel();
    CHECK(channel.try_send(1));
  });
  CHECK(cancelled.fate.cancelled());
  CHECK_FALSE(received.has_value());
  next.start(context, receive_one(channel, received));
  CHECK(received == 1);
}

TEST_CASE_METHOD(ChannelTest, "a cancellation that comes after the message does not take it away") {
  std::optional<int> received;
  Probe receiver;
  receiver.start(context, receive_one(channel, received));
  in_context([&] {
    CHECK(channel.try_send(1));
    receiver.cancel();
  });
  CHECK(received == 1);
  CHECK(channel.size() == 0);
}

TEST_CASE_METHOD(ChannelTest, "a sender that is cancelled in line sends nothing and holds nobody up") {
  CHECK(channel.try_send(1));
  CHECK(channel.try_send(2));
  std::optional<bool> sent_3, sent_4;
  Probe third, fourth;
  third.start(context, send_one(channel, 3, sent_3));
  fourth.start(context, send_one(channel, 4, sent_4));
  in_context([&] { third.cancel(); });
  CHECK(third.fate.cancelled());
  CHECK_FALSE(sent_3.has_value());

  std::vector<int> received;
  Probe taker;
  taker.start(context, receive_into(channel, received));
  CHECK(received == std::vector{1, 2});
  CHECK(sent_4 == true);
  CHECK(drain(context, channel) == std::vector{4});
}

TEST_CASE_METHOD(ChannelTest, "a sender that is cancelled when its message was accepted hears so") {
  CHECK(channel.try_send(1));
  CHECK(channel.try_send(2));
  std::optional<bool> sent;
  Probe sender, taker;
  sender.start(context, send_one(channel, 3, sent));
  taker.start(context, [](Channel<int>& from, Probe& to_cancel) -> Awaitable<> {
    co_await from.receive_all();
    to_cancel.cancel();
  }(channel, sender));
  CHECK(taker.fate.ended);
  CHECK(sent == true);
  CHECK(drain(context, channel) == std::vector{3});
}

TEST_CASE_METHOD(ChannelTest, "a wait honours the kinds of cancellation that its coroutine lets through") {
  auto const type = GENERATE(asio::cancellation_type::total, asio::cancellation_type::partial);
  Probe deaf, hearing;
  Channel<int> other{1};
  std::optional<int> received;
  deaf.start(context, receive_one(channel, received));
  hearing.start(context, [](Channel<int>& from) -> Awaitable<> {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await from.receive();
  }(other));
  in_context([&] {
    deaf.cancel(type);
    hearing.cancel(type);
  });
  CHECK(hearing.fate.cancelled());
  CHECK_FALSE(deaf.fate.ended);
  channel.close();
  settle(context);
  CHECK(deaf.fate.ended);
}

TEST_CASE_METHOD(ChannelTest, "a second consumer at the same time is a bug, and told so") {
  std::optional<int> received;
  Probe first, second;
  first.start(context, receive_one(channel, received));
  second.start(context, receive_one(channel, received));
  REQUIRE(second.fate.failed());
  CHECK_THROWS_AS(std::rethrow_exception(second.fate.exception), std::logic_error);
  channel.close();
  settle(context);
  CHECK(first.fate.ended);
}

TEST_CASE("coroutines that wait on a channel when it is destroyed are destroyed too") {
  auto const held = std::make_shared<int>();
  {
    asio::io_context context;
    Channel<int> full{1}, empty{1};
    CHECK(full.try_send(1));
    Fate sender, receiver;
    asio::co_spawn(
        context, [](Channel<int>& to, std::shared_ptr<int>) -> Awaitable<> { co_await to.send(2); }(full, held),
        sender.recorder());
    asio::co_spawn(
        context, [](Channel<int>& from, std::shared_ptr<int>) -> Awaitable<> { co_await from.receive(); }(empty, held),
        receiver.recorder());
    settle(context);
    CHECK(held.use_count() == 3);
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE_METHOD(ChannelTest,
                 "a consumer that never has to wait neither deepens its stack nor keeps others from running") {
  constexpr int rounds = 200'000;
  int received = 0;
  std::optional<int> seen_by_other;
  asio::post(context, [&] { asio::post(context, [&] { seen_by_other = received; }); });
  run(context, [](Channel<int>& both, int& count) -> Awaitable<> {
    while (count < rounds) {
      bool const sent = both.try_send(count);
      auto const value = co_await both.receive();
      if (!sent || value != count) co_return;
      ++count;
    }
  }(channel, received));
  CHECK(received == rounds);
  REQUIRE(seen_by_other.has_value());
  CHECK(*seen_by_other < rounds);
}
