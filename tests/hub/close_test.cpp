#include <catch2/catch.hpp>

#include "tests/hub/test_hub.hpp"
#include "tests/hub/websocket/client_frames.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

std::string close_frame(std::uint16_t code) {
  auto const payload = close_payload(code);
  return encode({.opcode = opcode::close, .payload = payload});
}

}  // namespace

TEST_CASE("after the last event a WebSocket is closed with 1000, and its answer ends the connection") {
  TestHub hub;
  auto const peer = hub.attach(0);
  hub.settle();
  hub.publish({run_start(), run_complete()});
  hub.until([&] { return peer->got.close_code().has_value(); });
  CHECK(peer->got.close_code() == 1000);
  CHECK(peer->got.seqs() == seqs(1, 2));
  hub.settle();
  CHECK_FALSE(peer->closed());
  peer->send(close_frame(1000));
  hub.until([&] { return peer->closed(); });
  CHECK_FALSE(peer->was_reset());
  hub.until([&] { return hub.shard().clients() == 0; });
}

TEST_CASE("after the last event a body ends with its last chunk, and the connection with the peer's end") {
  for (Form const form : {Form::sse, Form::ndjson}) {
    TestHub hub;
    hub.store({run_start(), run_complete()});
    auto const peer = hub.attach(0, form);
    hub.until([&] { return peer->finished(); });
    CHECK(peer->got.body_ended());
    CHECK(peer->got.seqs() == seqs(1, 2));
    CHECK_FALSE(peer->closed());
    peer->hang_up();
    hub.until([&] { return peer->closed(); });
  }
}

TEST_CASE("a client of a log that has nothing left for it is closed at once") {
  TestHub hub;
  hub.store({run_start(), run_complete()});
  auto const peer = hub.attach({.after = 2, .opening = frame_message(Form::websocket, "{}"), .finished = true});
  hub.until([&] { return peer->got.close_code().has_value(); });
  CHECK(peer->got.close_code() == 1000);
  CHECK(peer->got.texts().size() == 1);
  CHECK(hub.history.reads() == 0);
}

TEST_CASE("a slow client gets the last event and the close in order") {
  TestHub hub;
  hub.store({run_start(), line(std::string(500, 'x')), run_complete()});
  auto const peer = hub.attach({}, 50);
  hub.settle();
  for (int i = 0; i < 200 && !peer->got.close_code(); ++i) {
    peer->allow(7);
    hub.settle();
  }
  CHECK(peer->got.seqs() == seqs(1, 3));
  CHECK(peer->got.close_code() == 1000);
}

TEST_CASE("a client's close is answered with its code") {
  TestHub hub;
  hub.store(lines(3));
  auto const peer = hub.attach(0);
  hub.until([&] { return peer->got.seqs().size() == 3; });
  peer->send(close_frame(1001));
  hub.until([&] { return peer->closed(); });
  CHECK(peer->got.close_code() == 1001);
  CHECK(peer->finished());
}

TEST_CASE("a client that closes while its history is read is answered, and gets nothing more") {
  TestHub hub;
  hub.store(lines(3));
  hub.history.hold();
  auto const peer = hub.attach(0);
  hub.until([&] { return hub.history.held() == 1; });
  peer->send(close_frame(1000));
  hub.until([&] { return peer->closed(); });
  hub.history.release();
  hub.settle();
  CHECK(peer->got.close_code() == 1000);
  CHECK(peer->got.seqs().empty());
  CHECK(hub.shard().clients() == 0);
}

TEST_CASE("a client that goes away while its history is read leaves nothing behind") {
  TestHub hub;
  hub.store(lines(3));
  hub.history.hold();
  auto const peer = hub.attach(0);
  hub.until([&] { return hub.history.held() == 1; });
  peer->hang_up();
  hub.until([&] { return hub.shard().clients() == 0; });
  hub.history.release();
  hub.settle();
  CHECK(peer.use_count() == 1);
}

TEST_CASE("a client that breaks the protocol is told so with 1002") {
  TestHub hub;
  auto const peer = hub.attach(0);
  hub.settle();
  peer->send(encode({.payload = "x", .masked = false}));
  hub.until([&] { return peer->got.close_code().has_value(); });
  CHECK(peer->got.close_code() == 1002);
  CHECK(peer->finished());
  CHECK_FALSE(peer->closed());
  peer->hang_up();
  hub.until([&] { return peer->closed(); });
}

TEST_CASE("a message larger than a follower may send is refused with 1009") {
  TestHub hub;
  auto const peer = hub.attach(0);
  peer->send(encode_header({}, 5000));
  hub.until([&] { return peer->got.close_code() == 1009; });
}

TEST_CASE("a client that never answers the close is let go") {
  HubOptions options;
  options.client.linger = 200ms;
  TestHub hub(options);
  hub.store({run_complete()});
  auto const peer = hub.attach(0);
  hub.until([&] { return peer->got.close_code().has_value(); });
  hub.until([&] { return peer->closed() && hub.shard().clients() == 0; });
}

TEST_CASE("a connection that breaks is forgotten") {
  TestHub hub;
  auto const peer = hub.attach(0);
  hub.until([&] { return hub.shard().clients() == 1; });
  peer->hang_up();
  hub.publish(lines(1));
  hub.until([&] { return hub.shard().clients() == 0; });
  CHECK(peer->closed());
}

TEST_CASE("a shard that stops tells its clients 1001") {
  TestHub hub;
  hub.store(lines(5));
  auto const websocket = hub.attach(0);
  auto const body = hub.attach(0, Form::ndjson);
  hub.until([&] { return websocket->got.seqs().size() == 5 && body->got.seqs().size() == 5; });
  SECTION("and waits for those who answer") {
    websocket->got.on_text = {};
    hub.spawn([](Peer& peer) -> Awaitable<> {
      while (!peer.got.close_code()) co_await yield();
      peer.send(close_frame(1001));
    }(*websocket));
    hub.stop();
  }
  SECTION("and ends those who do not") {
    auto const stuck = hub.attach({}, 3);
    hub.settle();
    hub.stop();
    CHECK(stuck->closed());
    CHECK(stuck->got.bytes() == 3);
  }
  CHECK(websocket->got.close_code() == 1001);
  CHECK(websocket->closed());
  CHECK(body->closed());
  CHECK_FALSE(body->got.body_ended());  // so that nobody takes it for the run's end
}

TEST_CASE("a client that comes while the shard stops is told to come again elsewhere") {
  TestHub hub;
  auto const first = hub.attach(0);
  hub.until([&] { return hub.shard().clients() == 1; });
  hub.spawn(hub.shard().stop());
  hub.until([&] { return first->got.close_code().has_value(); });
  auto const late = hub.attach(0);
  hub.until([&] { return late->got.close_code() == 1001; });
  hub.stop();
}

TEST_CASE("what a client sent right behind its request is read") {
  TestHub hub;
  hub.store(lines(2));
  SECTION("a ping") {
    auto const peer = hub.attach({.early = encode({.opcode = opcode::ping, .payload = "early"})});
    hub.until([&] { return !peer->got.pongs().empty() && peer->got.seqs().size() == 2; });
    CHECK(peer->got.pongs().front() == "early");
  }
  SECTION("half a ping") {
    auto const ping = encode({.opcode = opcode::ping, .payload = "early"});
    auto const peer = hub.attach({.early = ping.substr(0, 4)});
    hub.settle();
    CHECK(peer->got.pongs().empty());
    peer->send(ping.substr(4));
    hub.until([&] { return peer->got.pongs().size() == 1; });
  }
  SECTION("a close") {
    auto const peer = hub.attach({.early = close_frame(1000)});
    hub.until([&] { return peer->closed() && hub.shard().clients() == 0; });
    CHECK(peer->got.close_code() == 1000);
  }
  SECTION("nonsense") {
    auto const peer = hub.attach({.early = "GET / HTTP/1.1\r\n"});
    hub.until([&] { return peer->got.close_code() == 1002; });
  }
}
