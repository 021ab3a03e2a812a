#include <catch2/catch.hpp>

#include "hub/allowance.hpp"
#include "hub/message_socket.hpp"
#include "tests/base/run.hpp"
#include "tests/hub/memory_transport.hpp"
#include "tests/hub/websocket/client_frames.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

// A conversation whose messages are noted, and answered by `answer`.
class Conversation {
 public:
  explicit Conversation(MessageLimits limits = {}, Form form = Form::websocket, std::size_t room = Peer::everything)
      : limits_(limits),
        peer(std::make_shared<Peer>(context.get_executor(), form, room)),
        socket(context.get_executor(), std::make_unique<MemoryTransport>(peer), form, "", nullptr, limits_) {
    auto note = [this](std::string text) -> Awaitable<> {
      heard.push_back(std::move(text));
      if (answer) answer();
      co_return;
    };
    asio::co_spawn(context, socket.run("", std::move(note)), fate.recorder());
    settle(context);
  }
  ~Conversation() {
    peer->hang_up();
    until([&] { return fate.ended; });
  }

  // Lets it go on until something is so.
  template <class Condition>
  void until(Condition condition) {
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      context.restart();
      context.run_for(5ms);
    }
  }

  void say(std::string_view text) {
    peer->send(encode({.payload = text}));
    settle(context);
  }

 private:
  MessageLimits limits_;

 public:
  asio::io_context context;
  std::shared_ptr<Peer> peer;
  MessageSocket socket;
  std::vector<std::string> heard;
  std::function<void()> answer;
  Fate fate;
};

std::vector<std::string> jsons(Peer const& peer) {
  std::vector<std::string> out;
  for (auto const& text : peer.got.texts()) out.push_back(text.json);
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("messages are heard in order, and answers sent at once") {
  Conversation talk;
  talk.answer = [&] { talk.socket.send(R"({"n":1})"); };
  talk.say("one");
  talk.say("two");
  CHECK(talk.heard == Texts{"one", "two"});
  CHECK(jsons(*talk.peer) == Texts{R"({"n":1})", R"({"n":1})"});
}

TEST_CASE("what goes out: a text, a shared text, ready frames, all whole and in order") {
  Conversation talk;
  auto const large = std::make_shared<std::string const>(R"({"x":")" + std::string(100'000, 'x') + R"("})");
  auto const frames = std::make_shared<std::string const>(encode({.payload = R"({"f":1})", .masked = false}));
  talk.socket.send(R"({"a":1})");
  talk.socket.send(large);
  talk.socket.send_frames(frames, *frames);
  settle(talk.context);
  CHECK(jsons(*talk.peer) == Texts{R"({"a":1})", *large, R"({"f":1})"});
  CHECK_FALSE(talk.peer->got.broken());
}

TEST_CASE("server-sent events have the id that they are given, and a comment while they are quiet") {
  MessageLimits limits;
  limits.comment = 30ms;
  Conversation talk(limits, Form::sse);
  talk.socket.send(R"({"a":1})", "17");
  talk.socket.send(std::make_shared<std::string const>(R"({"b":2})"), "18.0");
  talk.socket.send(R"({"c":3})");
  settle(talk.context);
  REQUIRE(talk.peer->got.texts().size() == 3);
  CHECK(talk.peer->got.texts()[0].sse_id == "17");
  CHECK(talk.peer->got.texts()[1].sse_id == "18.0");
  CHECK(talk.peer->got.texts()[1].json == R"({"b":2})");
  talk.until([&] { return talk.peer->got.heartbeats() >= 2; });
  talk.socket.finish(close_code::normal, "");
  CHECK(talk.peer->got.body_ended());
  CHECK_FALSE(talk.peer->got.broken());
}

TEST_CASE("a position without a message goes out with the next comment, once, unless a message has told a later one") {
  MessageLimits limits;
  limits.comment = 30ms;
  Conversation talk(limits, Form::sse);
  talk.socket.keep_position("6");
  talk.socket.send(R"({"a":1})", "7");
  talk.until([&] { return talk.peer->got.heartbeats() >= 1; });
  talk.socket.keep_position("19");
  talk.until([&] { return talk.peer->got.heartbeats() >= 2; });
  REQUIRE(talk.peer->got.texts().size() == 2);
  CHECK(talk.peer->got.texts()[1].sse_id == "19");
  CHECK(talk.peer->got.texts()[1].json.empty());
}

TEST_CASE("whoever sends what is too big, or no frame, is told so and closed") {
  MessageLimits limits;
  limits.websocket.max_message = 1000;
  Conversation big(limits);
  big.say(std::string(1001, 'x'));
  CHECK(big.peer->got.close_code() == close_code::too_big);
  Conversation broken;
  broken.peer->send("\xff\xff\xff\xff");
  settle(broken.context);
  CHECK(broken.peer->got.close_code() == close_code::protocol_error);
  CHECK(broken.heard.empty());
}

TEST_CASE("a peer's close is answered, and ends the conversation") {
  Conversation talk;
  talk.peer->send(encode({.opcode = opcode::close, .payload = close_payload(1000)}));
  talk.until([&] { return talk.fate.ended; });
  CHECK(talk.peer->got.close_code() == 1000);
  CHECK_FALSE(talk.socket.too_slow());
  CHECK(talk.peer->closed());
}

TEST_CASE("a peer that takes nothing makes whoever asks for room wait, and is closed with 1013 in the end") {
  MessageLimits limits;
  limits.send_bytes = 1000;
  limits.stalled = 100ms;
  limits.linger = 50ms;
  Conversation talk(limits, Form::websocket, 0);
  talk.socket.send(std::string(2000, 'x'));
  std::optional<bool> room;
  talk.socket.spawn([](MessageSocket& socket, std::optional<bool>& out) -> Awaitable<> {
    out = co_await socket.room();
  }(talk.socket, room));
  settle(talk.context);
  CHECK_FALSE(room);
  talk.until([&] { return talk.fate.ended; });
  CHECK(room == false);
  CHECK(talk.socket.too_slow());
  CHECK(talk.peer->was_reset());
}

TEST_CASE("a peer that is slow gets all of it, and the 1013 where it stops") {
  MessageLimits limits;
  limits.stalled = 200ms;
  limits.linger = 5s;
  Conversation talk(limits, Form::websocket, 10);
  for (int i = 0; i < 100; ++i) talk.socket.send(R"({"i":0})");
  for (int i = 0; i < 20; ++i) {
    talk.peer->allow(30);
    settle(talk.context);
  }
  talk.until([&] { return !talk.socket.open(); });
  talk.peer->allow(Peer::everything);
  settle(talk.context);
  CHECK(talk.peer->got.texts().size() == 100);
  CHECK(talk.peer->got.close_code() == close_code::try_again_later);
}

TEST_CASE("a peer that is silent is asked once, and then it is gone") {
  MessageLimits limits;
  limits.ping = 50ms;
  limits.silence = 150ms;
  Conversation talk(limits);
  talk.until([&] { return talk.fate.ended; });
  CHECK(talk.peer->got.heartbeats() == 1);
  CHECK(talk.peer->was_reset());
}

TEST_CASE("a peer that answers its pings stays") {
  MessageLimits limits;
  limits.ping = 40ms;
  limits.silence = 1min;  // longer than a busy machine keeps this test from answering
  Conversation talk(limits);
  for (std::size_t answered = 0; answered < 4; ++answered) {
    talk.until([&] { return talk.peer->got.heartbeats() > answered; });
    talk.peer->send(encode({.opcode = opcode::pong}));
    settle(talk.context);
  }
  CHECK(talk.socket.open());
}

TEST_CASE("whoever sends more than he may is read more slowly, and loses nothing") {
  MessageLimits limits;
  limits.input_burst = 2000;
  limits.input_per_second = 20'000;
  limits.message_cost = 100;
  Conversation talk(limits);
  std::string many;
  for (int i = 0; i < 100; ++i) many += encode({.payload = "hello"});
  talk.peer->send(many);
  settle(talk.context);
  talk.say("and one more");
  CHECK(talk.heard.size() == 100);  // it waits until what was sent before is paid for
  talk.until([&] { return talk.heard.size() == 101; });
  CHECK(talk.socket.open());
}

TEST_CASE("an allowance is spent, and grows back to its burst") {
  Allowance::Time const start{};
  Allowance allowance(1000, 100, start);
  CHECK(allowance.spend(start, 1000) == 0ms);
  CHECK(allowance.spend(start, 50) > 0ms);
  CHECK(allowance.spend(start + 1s, 50) == 0ms);
  CHECK(allowance.spend(start + 100s, 1000) == 0ms);
  CHECK(allowance.spend(start + 100s, 1) > 0ms);
}

TEST_CASE("what fails in a task of the conversation comes out of it") {
  Conversation talk;
  talk.socket.spawn([]() -> Awaitable<> {
    throw std::runtime_error("a bug");
    co_return;
  }());
  talk.peer->hang_up();
  talk.until([&] { return talk.fate.ended; });
  CHECK(talk.fate.failed());
}
