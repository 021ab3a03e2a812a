#include <catch2/catch.hpp>

#include "tests/hub/test_hub.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

// Counts what a peer gets instead of keeping it.
struct Count {
  explicit Count(std::shared_ptr<Peer> counted) : peer(std::move(counted)) {
    peer->got.on_text = [this](Reception::Text const& text) {
      in_order = in_order && number_in(text.json, "seq") == last + 1;
      ++last;
    };
  }
  Count(Count const&) = delete;

  std::shared_ptr<Peer> peer;
  std::uint64_t last = 0;
  bool in_order = true;
};

using Crowd = std::vector<std::unique_ptr<Count>>;

Crowd crowd_of(TestHub& hub, std::size_t size) {
  Crowd crowd;
  while (crowd.size() < size) crowd.push_back(std::make_unique<Count>(hub.attach(0)));
  return crowd;
}

bool all_have(Crowd const& crowd, std::uint64_t last) {
  return std::ranges::all_of(crowd, [&](auto const& count) { return count->last == last; });
}

bool all_in_order(Crowd const& crowd) {
  return std::ranges::all_of(crowd, [](auto const& count) { return count->in_order; });
}

}  // namespace

TEST_CASE("a burst of 10,000 events to 100 clients: none is lost") {
  TestHub hub;
  auto const crowd = crowd_of(hub, 100);
  hub.until([&] { return hub.shard().clients() == 100; });
  SECTION("in one commit") { hub.publish(lines(10'000, 100)); }
  SECTION("in a hundred") {
    for (int i = 0; i < 100; ++i) hub.publish(lines(100, 100));
  }
  hub.until([&] { return all_have(crowd, 10'000); });
  CHECK(all_in_order(crowd));
}

TEST_CASE("a thousand clients that attach at once to a finished log read each of its pages once") {
  TestHub hub;
  for (int i = 0; i < 5; ++i) hub.store(lines(512));
  hub.store({run_complete()});
  auto const crowd = crowd_of(hub, 1000);
  hub.until([&] { return all_have(crowd, 5 * 512 + 1); });
  CHECK(all_in_order(crowd));
  CHECK(hub.history.reads() == 6);
}

TEST_CASE("clients that attach at once to a live log read its past once") {
  TestHub hub;
  hub.store(lines(100));
  auto const crowd = crowd_of(hub, 100);
  hub.until([&] { return all_have(crowd, 100); });
  CHECK(hub.history.reads() == 1);
  auto const late = crowd_of(hub, 100);  // from the window, which took the page
  hub.until([&] { return all_have(late, 100); });
  CHECK(hub.history.reads() == 1);
  hub.publish(lines(1));
  hub.until([&] { return all_have(crowd, 101) && all_have(late, 101); });
}

TEST_CASE("lone events go out at once, and those that come thick together, in order") {
  HubOptions options;
  options.flush_every = std::chrono::milliseconds(20);
  TestHub hub(options);
  auto const peer = hub.attach(0);
  hub.until([&] { return hub.shard().clients() == 1; });
  hub.settle();
  hub.context.run_for(std::chrono::milliseconds(25));
  auto const before = peer->writes();
  for (int i = 0; i < 100; ++i) hub.publish(lines(1));
  hub.until([&] { return peer->got.seqs().size() == 100; });
  CHECK(peer->got.seqs() == seqs(1, 100));
  CHECK(peer->writes() < before + 50);
}

TEST_CASE("what comes thick does not wait for the tick once there is much of it") {
  HubOptions options;
  options.flush_every = std::chrono::hours(1);
  options.flush_bytes = 100'000;
  TestHub hub(options);
  auto const peer = hub.attach(0);
  hub.until([&] { return hub.shard().clients() == 1; });
  hub.publish(lines(1));
  hub.publish(lines(600, 100));
  hub.until([&] { return peer->got.seqs().size() == 601; });
}

TEST_CASE("windows of many logs stay within one bound, and nobody loses anything by it") {
  HubOptions options;
  options.windows_bytes = 1024 * 1024;
  TestHub hub(options);
  std::vector<Ulid> logs;
  Crowd crowd;
  for (int i = 0; i < 100; ++i) {
    logs.push_back(next_ulid());
    crowd.push_back(std::make_unique<Count>(attach_to(hub.shard(), {.log = logs.back()}, 0)));
  }
  hub.until([&] { return hub.shard().clients() == 100; });
  for (auto const& log : logs) {
    for (int i = 0; i < 20; ++i) hub.spawn(hub.hub.publish({{log, hub.history.commit(log, lines(50, 100))}}));
    hub.context.poll();
  }
  hub.context.run_for(std::chrono::milliseconds(1500));
  for (auto const& count : crowd) count->peer->allow(Peer::everything);
  hub.until([&] { return all_have(crowd, 1000); });
  CHECK(all_in_order(crowd));
  CHECK(hub.history.reads() > 100);  // those windows were let go
}

TEST_CASE("clients that catch up do not keep a live client waiting") {
  TestHub hub;
  Ulid const finished = next_ulid();
  for (int i = 0; i < 50; ++i) hub.history.commit(finished, lines(512));
  auto const live = hub.attach(0);
  hub.until([&] { return hub.shard().clients() == 1; });
  std::vector<std::shared_ptr<Peer>> crowd;
  for (int i = 0; i < 200; ++i) {
    crowd.push_back(attach_to(hub.shard(), {.log = finished}, Peer::everything));
    crowd.back()->got.on_text = [](auto const&) {};
  }
  auto const received = [&] {
    std::size_t bytes = 0;
    for (auto const& peer : crowd) bytes += peer->got.bytes();
    return bytes;
  };
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    auto const before = received();
    hub.until([&] { return received() > before + (4 << 20); });  // they are at it
    hub.spawn(hub.hub.publish({{hub.log, hub.history.commit(hub.log, lines(1))}}));
    hub.until([&] { return live->got.seqs().size() == seq; });
  }
  std::size_t const at_least_in_the_end = 200 * 50 * 512 * 150;
  CHECK(received() < at_least_in_the_end / 2);  // the live events went between
}

TEST_CASE("a crowd that is writable all at once does not stand before a live event") {
  TestHub hub;
  Ulid const finished = next_ulid();
  for (int i = 0; i < 4; ++i) hub.history.commit(finished, lines(512));
  auto const live = hub.attach(0);
  std::vector<std::shared_ptr<Peer>> crowd;
  for (int i = 0; i < 200; ++i) {
    crowd.push_back(attach_to(hub.shard(), {.log = finished}, 0));
    crowd.back()->got.on_text = [](auto const&) {};
  }
  hub.until([&] { return hub.shard().clients() == 201; });
  hub.settle();
  hub.publish(lines(1));
  hub.until([&] { return live->got.seqs().size() == 1; });
  for (auto const& peer : crowd) peer->allow(Peer::everything);
  hub.spawn(hub.hub.publish({{hub.log, hub.history.commit(hub.log, lines(1))}}));
  hub.until([&] { return live->got.seqs().size() == 2; });
  auto const served = std::ranges::count_if(crowd, [](auto const& peer) { return peer->got.bytes() > 0; });
  CHECK(served < 100);
  hub.until(
      [&] { return std::ranges::all_of(crowd, [](auto const& peer) { return peer->got.bytes() > 2048 * 100; }); });
}
