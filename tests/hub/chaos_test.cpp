#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include "tests/base/run.hpp"
#include "tests/hub/test_hub.hpp"

using namespace runcast;
using namespace runcast::testing;

// One thread commits and publishes; followers on two shards attach, stall, take odd numbers of bytes, vanish and resume
// until they have seen the end. What each has seen must be the log: whole, in order, nothing twice, byte for byte.
// Catch's macros belong to one thread, so what the others see is left in variables.
namespace {

constexpr std::size_t log_count = 4;
constexpr std::uint64_t events_per_log = 6000;
constexpr std::size_t followers_per_shard = 30;

HubOptions small_hub() {
  HubOptions options;
  options.epoch = "e1";
  options.window_bytes = 48 * 1024;
  options.pages = {.page_events = 64, .page_bytes = 16 * 1024, .cache_bytes = 256 * 1024, .reads_at_once = 2};
  options.client.send_events = 32;
  options.client.send_bytes = 16 * 1024;
  options.inbox = 8;
  return options;
}

struct Tally {
  std::atomic<std::uint64_t> deliveries = 0;
  std::atomic<std::uint64_t> faults = 0;
  std::atomic<std::uint64_t> resumes = 0;
  std::atomic<std::size_t> finished = 0;
};

class Wanderer {
 public:
  Wanderer(Shard& shard, MemoryHistory const& history, Ulid log, Form form, Tally& tally, std::uint32_t seed)
      : shard_(shard), history_(history), log_(log), form_(form), tally_(tally), random_(seed) {}

  Awaitable<> follow() {
    while (last_ < events_per_log) {
      co_await follow_for_a_while();
      ++tally_.resumes;
    }
    ++tally_.finished;
  }

 private:
  Awaitable<> follow_for_a_while() {
    auto const peer = attach_to(shard_, {.log = log_, .form = form_, .after = last_}, pick(2000));
    peer->got.on_text = [this](Reception::Text const& text) { check(text.json); };
    asio::steady_timer timer(shard_.executor());
    int const patience = static_cast<int>(pick(60));
    for (int i = 0; i < patience && !peer->closed(); ++i) {
      peer->allow(pick(10) == 0 ? 1 : pick(200'000));
      timer.expires_after(std::chrono::microseconds(pick(3000)));
      co_await timer.async_wait(asio::use_awaitable);
      if (last_ == events_per_log) break;
    }
    if (peer->got.broken()) ++tally_.faults;
    peer->hang_up();
    while (!peer->closed()) co_await yield();
    peer->got.on_text = [](Reception::Text const&) {};
  }

  void check(std::string const& json) {
    ++tally_.deliveries;
    ++last_;
    if (number_in(json, "seq") != last_ || json != history_.json(log_, last_)) ++tally_.faults;
  }

  std::uint64_t pick(std::uint64_t below) {
    return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_);
  }

  Shard& shard_;
  MemoryHistory const& history_;
  Ulid log_;
  Form form_;
  Tally& tally_;
  std::mt19937 random_;
  std::uint64_t last_ = 0;
};

Awaitable<> produce(Hub& hub, MemoryHistory& history, std::vector<Ulid> const& logs, std::uint32_t seed) {
  std::mt19937 random(seed);
  auto const pick = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (std::size_t open = logs.size(); open > 0;) {
    std::vector<Publication> publications;
    open = 0;
    for (auto const& log : logs) {
      std::size_t const left = events_per_log - history.last_seq(log);
      if (left == 0) continue;
      std::size_t const size = pick(50) == 0 ? 20'000 : 20 + pick(200);
      auto drafts = lines(std::min(left, 1 + pick(40)), size);
      if (drafts.size() == left) drafts.back() = run_complete();
      publications.push_back({log, history.commit(log, drafts)});
      open += drafts.size() < left;
    }
    co_await hub.publish(std::move(publications));
    timer.expires_after(std::chrono::microseconds(pick(2000)));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace

TEST_CASE("whatever clients do, each sees the whole log in order, once") {
  std::uint32_t const seed = GENERATE(1u, 2u);
  std::array<asio::io_context, 2> contexts;
  std::array<asio::any_io_executor, 2> const executors{contexts[0].get_executor(), contexts[1].get_executor()};
  MemoryHistory history;
  history.slow_down(std::chrono::microseconds(300));
  Hub hub(small_hub(), history, executors);
  std::vector<Ulid> logs;
  while (logs.size() < log_count) logs.push_back(next_ulid());
  Tally tally;
  std::vector<std::unique_ptr<Wanderer>> followers;
  std::array<Fate, 2> fates;
  for (std::size_t i = 0; i < 2; ++i) {
    Shard& shard = hub.shard(i);
    asio::co_spawn(contexts[i], shard.run(), fates[i].recorder());
    for (std::size_t j = 0; j < followers_per_shard; ++j) {
      auto const number = static_cast<std::uint32_t>(i * followers_per_shard + j);
      followers.push_back(std::make_unique<Wanderer>(shard, history, logs[number % log_count],
                                                     static_cast<Form>(number % 3), tally, seed * 1000 + number));
      asio::co_spawn(contexts[i], followers.back()->follow(), fates[i].recorder());
    }
  }
  {
    std::jthread const producer([&] { run(produce(hub, history, logs, seed)); });
    std::array<std::jthread, 2> threads;
    for (std::size_t i = 0; i < 2; ++i) threads[i] = std::jthread([&, i] { contexts[i].run(); });
    while (tally.finished < followers.size()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (std::size_t i = 0; i < 2; ++i) asio::co_spawn(contexts[i], hub.shard(i).stop(), fates[i].recorder());
  }
  CHECK(tally.faults == 0);
  CHECK(tally.deliveries == followers.size() * events_per_log);
  CHECK(tally.resumes > followers.size());
  CHECK_FALSE(fates[0].failed());
  CHECK_FALSE(fates[1].failed());
}
