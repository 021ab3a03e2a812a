#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <numeric>
#include <thread>
#include <vector>

#include "base/channel.hpp"
#include "base/with_timeout.hpp"
#include "tests/base/run.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

// Catch's macros belong to one thread: what the others see they leave in variables, looked at after they have joined.
namespace {

struct Message {
  std::size_t producer = 0;
  int number = 0;
};

using Messages = Channel<Message>;

// Runs a coroutine on a thread of its own.
template <class Task>
std::jthread on_thread(Task task) {
  return std::jthread([task] { run(task()); });
}

Awaitable<> produce(Messages& to, std::size_t producer, int count) {
  for (int i = 0; i < count; ++i) {
    if (!co_await to.send(Message{producer, i})) co_return;
  }
}

// Closes the channel when the last of several producers has ended.
struct LastOneCloses {
  Messages& channel;
  std::atomic<std::size_t> left;

  void done() {
    if (--left == 0) channel.close();
  }
};

struct Tally {
  explicit Tally(std::size_t producers) : next(producers) {}

  void take(Message const& message) {
    in_order = in_order && message.number == next[message.producer];
    next[message.producer] = message.number + 1;
    ++total;
  }

  std::vector<int> next;
  bool in_order = true;
  std::size_t total = 0;
  std::size_t largest_batch = 0;
};

Awaitable<> consume(Messages& from, Tally& tally) {
  for (;;) {
    auto const batch = co_await from.receive_all();
    if (batch.empty()) co_return;
    tally.largest_batch = std::max(tally.largest_batch, batch.size());
    for (auto const& message : batch) tally.take(message);
    auto const single = co_await from.receive();
    if (!single) co_return;
    tally.take(*single);
  }
}

}  // namespace

TEST_CASE("producers on several threads lose no message, keep their own order, and never pass the capacity") {
  constexpr std::size_t producers = 4;
  constexpr int each = 50'000;
  auto const capacity = GENERATE(std::size_t{1}, std::size_t{16}, std::size_t{1024});
  Messages channel{capacity};
  Tally tally{producers};
  LastOneCloses closer{channel, producers};
  {
    std::vector<std::jthread> threads;
    threads.push_back(on_thread([&] { return consume(channel, tally); }));
    for (std::size_t p = 0; p < producers; ++p) {
      threads.emplace_back([&, p] {
        run(produce(channel, p, each));
        closer.done();
      });
    }
  }
  CHECK(tally.in_order);
  CHECK(tally.total == producers * each);
  CHECK(tally.largest_batch <= capacity);
}

TEST_CASE("threads without a coroutine may try to send") {
  constexpr std::size_t producers = 3;
  constexpr int each = 20'000;
  Messages channel{64};
  Tally tally{producers};
  LastOneCloses closer{channel, producers};
  {
    std::vector<std::jthread> threads;
    threads.push_back(on_thread([&] { return consume(channel, tally); }));
    for (std::size_t p = 0; p < producers; ++p) {
      threads.emplace_back([&, p] {
        for (int i = 0; i < each; ++i) {
          while (!channel.try_send(Message{p, i})) std::this_thread::yield();
        }
        closer.done();
      });
    }
  }
  CHECK(tally.in_order);
  CHECK(tally.total == producers * each);
}

namespace {

// Each receive is cancelled almost at once, so that cancellations and messages race.
Awaitable<> consume_impatiently(Messages& from, Tally& tally, std::size_t& given_up) {
  for (;;) {
    auto const result = co_await with_timeout(0ms, from.receive());
    if (!result) {
      ++given_up;
      continue;
    }
    if (!*result) co_return;
    tally.take(**result);
  }
}

// Each send is given up almost at once, and made again.
Awaitable<> produce_impatiently(Messages& to, std::size_t producer, int count, std::size_t& given_up) {
  for (int i = 0; i < count;) {
    auto const sent = co_await with_timeout(0ms, to.send(Message{producer, i}));
    if (sent) {
      ++i;
    } else {
      ++given_up;
    }
  }
}

}  // namespace

TEST_CASE("sends and receives that are cancelled while they race lose nothing and send nothing twice") {
  constexpr std::size_t producers = 3;
  constexpr int each = 4'000;
  Messages channel{2};
  Tally tally{producers};
  std::vector<std::size_t> sends_given_up(producers);
  std::size_t receives_given_up = 0;
  LastOneCloses closer{channel, producers};
  {
    std::vector<std::jthread> threads;
    threads.push_back(on_thread([&] { return consume_impatiently(channel, tally, receives_given_up); }));
    for (std::size_t p = 0; p < producers; ++p) {
      threads.emplace_back([&, p] {
        run(produce_impatiently(channel, p, each, sends_given_up[p]));
        closer.done();
      });
    }
  }
  CHECK(tally.in_order);
  CHECK(tally.total == producers * each);
  // Twelve thousand sends on two cores cannot all get room at once: the race did take place.
  CHECK(std::accumulate(sends_given_up.begin(), sends_given_up.end(), receives_given_up) > 0);
}

TEST_CASE("a channel that is closed while producers send has delivered exactly what it accepted") {
  constexpr std::size_t producers = 4;
  Messages channel{8};
  Tally tally{producers};
  std::vector<int> accepted(producers);
  {
    std::vector<std::jthread> threads;
    threads.push_back(on_thread([&] { return consume(channel, tally); }));
    for (std::size_t p = 0; p < producers; ++p) {
      threads.push_back(on_thread([&channel, &count = accepted[p], p] {
        return [](Messages& to, int& sent, std::size_t producer) -> Awaitable<> {
          while (co_await to.send(Message{producer, sent})) ++sent;
        }(channel, count, p);
      }));
    }
    threads.emplace_back([&channel] {
      std::this_thread::sleep_for(20ms);
      channel.close();
    });
  }
  CHECK(tally.in_order);
  CHECK(tally.next == accepted);
}
