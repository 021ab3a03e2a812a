#include <catch2/catch.hpp>

#include "tests/hub/test_hub.hpp"

using namespace runcast;
using namespace runcast::testing;

TEST_CASE("a client that follows from the start gets every event, then what is published") {
  TestHub hub;
  hub.store({run_start(), line("one")});
  auto const peer = hub.attach(0);
  hub.until([&] { return peer->got.seqs().size() == 2; });
  hub.publish({line("two")});
  hub.publish(lines(3));
  hub.until([&] { return peer->got.seqs().size() == 6; });
  CHECK(peer->got.seqs() == seqs(1, 6));
  CHECK(peer->got.texts()[2].json == hub.history.json(hub.log, 3));
}

TEST_CASE("a client that resumes at 7 receives 8 onwards, once") {
  TestHub hub;
  hub.store(lines(10));
  auto const peer = hub.attach(7);
  hub.until([&] { return peer->got.seqs().size() == 3; });
  hub.publish(lines(2));
  hub.until([&] { return peer->got.seqs().size() == 5; });
  hub.settle();
  CHECK(peer->got.seqs() == seqs(8, 12));
}

TEST_CASE("a client that attaches to an empty log hears of its first event") {
  TestHub hub;
  auto const peer = hub.attach(0);
  hub.settle();
  hub.publish({run_start()});
  hub.until([&] { return peer->got.seqs() == seqs(1, 1); });
}

TEST_CASE("a client that was up to date when it came is sent nothing twice") {
  TestHub hub;
  hub.publish(lines(5));  // nobody follows yet
  auto const peer = hub.attach(5);
  hub.settle();
  CHECK(peer->got.seqs().empty());
  hub.publish(lines(1));
  hub.until([&] { return peer->got.seqs() == seqs(6, 6); });
}

TEST_CASE("events that are published while history is read are not lost") {
  TestHub hub;
  hub.store(lines(5));
  hub.history.hold();
  auto const peer = hub.attach(0);
  hub.until([&] { return hub.history.held() == 1; });
  hub.publish(lines(5));
  hub.publish(lines(5));
  hub.history.release();
  hub.until([&] { return peer->got.seqs().size() == 15; });
  CHECK(peer->got.seqs() == seqs(1, 15));
}

TEST_CASE("a read that began for a follower who left does not tell the next one where the log ends") {
  TestHub hub;
  hub.store(lines(5));
  hub.history.hold();
  auto const first = hub.attach(0);
  hub.until([&] { return hub.history.held() == 1; });
  first->hang_up();
  hub.until([&] { return hub.shard().clients() == 0; });
  hub.publish({line("between"), run_complete()});  // nobody follows, so no shard hears of it
  auto const second = hub.attach(0);
  hub.until([&] { return hub.shard().clients() == 1; });
  hub.history.release();
  hub.until([&] { return second->got.close_code().has_value(); });
  CHECK(second->got.seqs() == seqs(1, 7));
}

TEST_CASE("followers of different logs get their own events alone") {
  TestHub hub;
  Ulid const other = next_ulid();
  auto const here = hub.attach(0);
  auto const there = attach_to(hub.shard(), {.log = other}, Peer::everything);
  hub.settle();
  hub.publish(lines(3));
  hub.spawn(hub.hub.publish({{other, hub.history.commit(other, lines(2))}}));
  hub.until([&] { return here->got.seqs().size() == 3 && there->got.seqs().size() == 2; });
  CHECK(there->got.texts()[0].json == hub.history.json(other, 1));
}

TEST_CASE("the opening goes before the first event") {
  TestHub hub;
  hub.store(lines(2));
  auto const peer = hub.attach({.opening = frame_message(Form::websocket, R"({"type":"stream_open"})")}, 5);
  hub.until([&] { return peer->got.bytes() == 5; });
  peer->allow(Peer::everything);
  hub.until([&] { return peer->got.seqs().size() == 2; });
  CHECK(peer->got.texts()[0].json == R"({"type":"stream_open"})");
}

TEST_CASE("a client is told of what retention took away, and served from the first event that is left") {
  TestHub hub;
  hub.store(lines(40));
  hub.history.forget_before(hub.log, 31);
  auto const peer = hub.attach(10);
  hub.until([&] { return peer->got.seqs().size() == 10; });
  CHECK(peer->got.seqs() == seqs(31, 40));
  CHECK(peer->got.texts().front().json == R"({"type":"gap","reason":"retention","firstSeq":31})");
  CHECK(peer->got.of_type("gap").size() == 1);
}

TEST_CASE("where history cannot be read, the client is told to come again") {
  TestHub hub;
  hub.store(lines(3));
  hub.history.fail_with("the disk is on fire");
  auto const peer = hub.attach(0);
  hub.until([&] { return peer->got.close_code().has_value(); });
  CHECK(peer->got.close_code() == 1011);
  CHECK(peer->got.seqs().empty());
}

TEST_CASE("an event that is larger than every bound goes whole, between its neighbours") {
  HubOptions options;
  options.window_bytes = 64 * 1024;
  options.client.send_bytes = 32 * 1024;
  TestHub hub(options);
  auto const live = hub.attach(0);
  hub.settle();
  hub.publish({line("before"), line(std::string(3 << 20, 'L')), line("after"), line(std::string(1 << 20, 'M'))});
  hub.publish({line("last")});
  auto const late = hub.attach(0);
  hub.until([&] { return live->got.seqs().size() == 5 && late->got.seqs().size() == 5; });
  for (auto const& peer : {live, late}) {
    CHECK(peer->got.seqs() == seqs(1, 5));
    CHECK(peer->got.texts()[1].json == hub.history.json(hub.log, 2));
  }
}

TEST_CASE("a client that resumes within a long stretch of large events gets on, however little is kept") {
  HubOptions options;
  options.pages = {.page_events = 64, .page_bytes = 1000, .cache_bytes = 4000, .reads_at_once = 2};
  options.window_bytes = 2000;
  TestHub hub(options);
  hub.store(lines(100, 2000));
  auto const from_start = hub.attach(0);
  auto const from_within = hub.attach(50);
  hub.until([&] { return from_start->got.seqs().size() == 100 && from_within->got.seqs().size() == 50; });
  CHECK(from_start->got.seqs() == seqs(1, 100));
  CHECK(from_within->got.seqs() == seqs(51, 100));
}
