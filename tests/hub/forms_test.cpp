#include <catch2/catch.hpp>

#include "tests/hub/test_hub.hpp"

using namespace runcast;
using namespace runcast::testing;

TEST_CASE("the three forms carry the same texts, past and live") {
  TestHub hub;
  hub.store({run_start(), line("\xE2\x82\xAC and \n and \"quotes\""), line(std::string(70'000, 'x'))});
  std::vector<std::shared_ptr<Peer>> peers;
  for (Form const form : {Form::websocket, Form::sse, Form::ndjson}) peers.push_back(hub.attach(0, form));
  hub.settle();
  hub.publish(lines(300));
  hub.publish({line(""), run_complete()});
  hub.until(
      [&] { return std::ranges::all_of(peers, [](auto const& peer) { return peer->got.seqs().size() == 305; }); });
  for (auto const& peer : peers) {
    REQUIRE_FALSE(peer->got.broken());
    for (std::uint64_t seq = 1; seq <= 305; ++seq) {
      REQUIRE(peer->got.texts()[seq - 1].json == hub.history.json(hub.log, seq));
    }
  }
}

TEST_CASE("a server-sent event has its position as its id, and no name") {
  TestHub hub;
  hub.store(lines(2));
  auto const peer = hub.attach(0, Form::sse);
  hub.settle();
  hub.publish(lines(1));
  hub.until([&] { return peer->got.seqs().size() == 3; });
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(peer->got.texts()[i].sse_id == "e1:" + std::to_string(i + 1));
    CHECK(peer->got.texts()[i].sse_event.empty());
  }
}

TEST_CASE("a message that is no event is framed for its form") {
  CHECK(frame_message(Form::websocket, "{}") == "\x81\x02{}");
  CHECK(frame_message(Form::ndjson, "{}") == "3\r\n{}\n\r\n");
  CHECK(frame_message(Form::sse, "{}") == "a\r\ndata: {}\n\n\r\n");
  CHECK(frame_message(Form::sse, "{}", "hi", "e:1") == "1c\r\nevent: hi\nid: e:1\ndata: {}\n\n\r\n");
  CHECK(frame_heartbeat(Form::sse) == "3\r\n:\n\n\r\n");
  CHECK(frame_heartbeat(Form::ndjson) == "1\r\n\n\r\n");
  CHECK(frame_heartbeat(Form::websocket) == std::string("\x89\0", 2));
}
