#include <malloc.h>
#include <catch2/catch.hpp>

#include "tests/hub/test_hub.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

HubOptions small_hub() {
  HubOptions options;
  options.window_bytes = 32 * 1024;
  options.pages = {.page_events = 32, .page_bytes = 8 * 1024, .cache_bytes = 64 * 1024, .reads_at_once = 2};
  options.client.send_events = 16;
  options.client.send_bytes = 4 * 1024;
  return options;
}

}  // namespace

TEST_CASE("a client that falls behind the window catches up from history, and is live again") {
  TestHub hub(small_hub());
  auto const slow = hub.attach({}, 0);
  auto const fast = hub.attach(0);
  hub.settle();
  for (int i = 0; i < 50; ++i) {
    hub.publish(lines(20));
    hub.settle();
  }
  CHECK(slow->got.bytes() == 0);
  CHECK(fast->got.seqs() == seqs(1, 1000));
  CHECK(hub.history.reads() <= 1);  // the fast one was served from memory
  slow->allow(Peer::everything);
  hub.until([&] { return slow->got.seqs().size() == 1000; });
  hub.publish(lines(1));
  hub.until([&] { return slow->got.seqs().size() == 1001; });
  CHECK(slow->got.seqs() == seqs(1, 1001));
}

TEST_CASE("a client that takes one byte at a time gets whole frames") {
  for (Form const form : {Form::websocket, Form::sse, Form::ndjson}) {
    TestHub hub(small_hub());
    hub.store(lines(20, 30));
    auto const peer = hub.attach({.form = form}, 0);
    hub.settle();
    while (peer->got.seqs().size() < 20) {
      peer->allow(1);
      hub.context.poll();
    }
    CHECK(peer->got.seqs() == seqs(1, 20));
    CHECK(peer->got.between_frames());
    CHECK_FALSE(peer->got.broken());
  }
}

TEST_CASE("pongs and positions never cut into an event that is sent in part") {
  HubOptions options = small_hub();
  options.client.ping = 1ms;
  TestHub hub(options);
  hub.store(lines(20, 300));
  auto const peer = hub.attach({}, 100);
  hub.until([&] { return peer->got.bytes() == 100; });
  std::string const ping("\x89\x82\x01\x02\x03\x04hi", 8);
  for (int i = 0; i < 50; ++i) {
    peer->send(ping);
    peer->allow(77);
    hub.context.run_for(1ms);
  }
  peer->allow(Peer::everything);
  hub.until([&] { return peer->got.seqs().size() == 20; });
  CHECK_FALSE(peer->got.broken());
  CHECK_FALSE(peer->got.pongs().empty());
}

TEST_CASE("a client that takes nothing is closed with 1013, and nobody else is disturbed") {
  HubOptions options = small_hub();
  options.client.stalled = 300ms;
  options.client.linger = 60s;
  TestHub hub(options);
  auto const stuck = hub.attach({}, 100);
  auto const other = hub.attach(0);
  hub.settle();
  hub.publish(lines(200));
  hub.until([&] { return other->got.seqs().size() == 200; });
  hub.context.run_for(1s);
  CHECK_FALSE(stuck->closed());
  stuck->allow(Peer::everything);
  hub.until([&] { return stuck->got.close_code().has_value(); });
  CHECK(stuck->got.close_code() == 1013);
  CHECK_FALSE(stuck->got.broken());
  CHECK_FALSE(other->closed());
  hub.publish(lines(1));
  hub.until([&] { return other->got.seqs().size() == 201; });
}

TEST_CASE("a client that takes nothing, the close neither, is reset") {
  HubOptions options = small_hub();
  options.client.stalled = 100ms;
  options.client.linger = 100ms;
  TestHub hub(options);
  auto const stuck = hub.attach({}, 100);
  hub.settle();
  hub.publish(lines(200));
  hub.until([&] { return stuck->was_reset(); });
  hub.until([&] { return hub.shard().clients() == 0; });
}

TEST_CASE("a client that talks but takes nothing is no less too slow") {
  HubOptions options = small_hub();
  options.client.stalled = 300ms;
  options.client.linger = 60s;
  TestHub hub(options);
  auto const stuck = hub.attach({}, 100);
  hub.settle();
  hub.publish(lines(200));
  std::string const pong("\x8a\x80\x01\x02\x03\x04", 6);
  for (int i = 0; i < 20; ++i) {
    stuck->send(pong);
    hub.context.run_for(50ms);
  }
  stuck->allow(Peer::everything);
  hub.until([&] { return stuck->got.close_code() == 1013; });
}

TEST_CASE("a client that takes a little now and then is left alone") {
  HubOptions options = small_hub();
  options.client.stalled = 400ms;
  TestHub hub(options);
  auto const slow = hub.attach({}, 100);
  hub.settle();
  hub.publish(lines(200));
  for (int i = 0; i < 20; ++i) {
    slow->allow(1);
    hub.context.run_for(50ms);
  }
  CHECK_FALSE(slow->closed());
  slow->allow(Peer::everything);
  hub.until([&] { return slow->got.seqs() == seqs(1, 200); });
  CHECK_FALSE(slow->got.close_code().has_value());
}

TEST_CASE("a thousand clients that take nothing cost little memory") {
  HubOptions options = small_hub();
  TestHub hub(options);
  std::vector<std::shared_ptr<Peer>> peers;
  for (int i = 0; i < 1000; ++i) peers.push_back(hub.attach({}, 100));
  hub.until([&] { return hub.shard().clients() == 1000; });
  hub.publish(lines(100));
  hub.settle();
  auto const before = mallinfo2().uordblks;
  for (int i = 0; i < 100; ++i) {
    hub.publish(lines(1000));
    hub.context.poll();
  }
  hub.settle();
  std::size_t const stored = hub.history.last_seq(hub.log) * 400;  // what the test's own log may take
  auto const after = mallinfo2().uordblks;
  CHECK(after < before + stored + (8 << 20));
  for (auto const& peer : peers) REQUIRE(peer->got.bytes() == 100);
}

TEST_CASE("a thousand clients that wait for the rest of one large event share it") {
  TestHub hub;
  std::vector<std::shared_ptr<Peer>> peers;
  for (int i = 0; i < 1000; ++i) peers.push_back(hub.attach({}, 100));
  hub.until([&] { return hub.shard().clients() == 1000; });
  auto const before = mallinfo2();
  hub.publish({line(std::string(4 << 20, 'x'))});
  hub.settle();
  auto const after = mallinfo2();
  CHECK(after.uordblks + after.hblkhd < before.uordblks + before.hblkhd + (64 << 20));
  peers.front()->allow(Peer::everything);
  hub.until([&] { return peers.front()->got.seqs() == seqs(1, 1); });
  CHECK(peers.front()->got.texts()[0].json == hub.history.json(hub.log, 1));
}
