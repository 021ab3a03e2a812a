#include <catch2/catch.hpp>

#include "tests/hub/test_hub.hpp"
#include "tests/hub/websocket/client_frames.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

std::string ping(std::string_view payload) { return encode({.opcode = opcode::ping, .payload = payload}); }
std::string pong() { return encode({.opcode = opcode::pong}); }

}  // namespace

TEST_CASE("a client that answers its pings stays") {
  HubOptions options;
  options.client.ping = 50ms;
  options.client.pong_wait = 600ms;
  TestHub hub(options);
  auto const peer = hub.attach(0);
  for (std::size_t answered = 0; answered < 5; ++answered) {
    hub.until([&] { return peer->got.heartbeats() > answered; });
    peer->send(pong());
  }
  CHECK_FALSE(peer->closed());
}

TEST_CASE("a client that answers no ping and takes nothing is dropped, though pings are due more often than that") {
  HubOptions options;
  options.client.ping = 50ms;
  options.client.pong_wait = 300ms;
  TestHub hub(options);
  auto const peer = hub.attach(0);
  hub.until([&] { return peer->was_reset(); });
  CHECK(peer->got.heartbeats() == 1);  // one that is not answered is not repeated
  hub.until([&] { return hub.shard().clients() == 0; });
}

TEST_CASE("bodies get a heartbeat while they are quiet") {
  for (Form const form : {Form::sse, Form::ndjson}) {
    HubOptions options;
    options.client.comment = 50ms;
    TestHub hub(options);
    auto const peer = hub.attach(0, form);
    hub.until([&] { return peer->got.heartbeats() >= 2; });
    hub.publish(lines(1));
    hub.until([&] { return peer->got.seqs().size() == 1; });
    CHECK_FALSE(peer->got.broken());
  }
}

TEST_CASE("a client's pings are answered with what they carry") {
  TestHub hub;
  auto const peer = hub.attach(0);
  hub.settle();
  peer->send(ping("a") + ping("") + ping(std::string(125, 'p')));
  hub.until([&] { return peer->got.pongs().size() == 3; });
  CHECK(peer->got.pongs() == std::vector<std::string>{"a", "", std::string(125, 'p')});
}

TEST_CASE("pings that come together are answered in one write") {
  TestHub hub;
  auto const peer = hub.attach(0);
  hub.settle();
  auto const before = peer->writes();
  std::string flood;
  for (int i = 0; i < 500; ++i) flood += ping("x");
  peer->send(flood);
  hub.until([&] { return peer->got.pongs().size() == 500; });
  CHECK(peer->writes() == before + 1);
}

TEST_CASE("a client that pings without reading is answered no further than a bound") {
  TestHub hub;
  auto const peer = hub.attach({.opening = frame_message(Form::websocket, "{}")}, 1);
  hub.settle();
  for (int i = 0; i < 10; ++i) {
    std::string flood;
    for (int j = 0; j < 100; ++j) flood += ping("0123456789");
    peer->send(flood);
    hub.settle();
  }
  peer->allow(Peer::everything);
  hub.settle();
  CHECK_FALSE(peer->got.pongs().empty());
  CHECK(peer->got.pongs().size() < 400);
  CHECK_FALSE(peer->got.broken());
}

TEST_CASE("a client that sends more than a follower can have to say is closed with 1008") {
  TestHub hub;
  auto const other = hub.attach(0);
  auto const peer = hub.attach(0);
  hub.settle();
  std::string flood;
  while (flood.size() < 200 * 1024) flood += ping("0123456789");
  peer->send(flood);
  hub.until([&] { return peer->closed(); });
  CHECK(peer->got.close_code() == 1008);
  CHECK_FALSE(other->closed());
}

TEST_CASE("a body's client that goes on sending is closed") {
  TestHub hub;
  auto const peer = hub.attach(0, Form::sse);
  hub.settle();
  peer->send(std::string(200 * 1024, 'x'));
  hub.until([&] { return peer->closed(); });
  CHECK_FALSE(peer->got.body_ended());
}

TEST_CASE("messages of a client change nothing") {
  TestHub hub;
  hub.store(lines(2));
  auto const peer = hub.attach(0);
  peer->send(encode({.payload = R"({"type":"hello"})"}) + encode({.opcode = opcode::binary, .payload = "x"}));
  hub.until([&] { return peer->got.seqs().size() == 2; });
  hub.publish(lines(1));
  hub.until([&] { return peer->got.seqs().size() == 3; });
  CHECK_FALSE(peer->got.close_code().has_value());
}
