// What the reader promises beside the protocol: memory, counters, pieces.
#include <random>

#include <catch2/catch.hpp>

#include "tests/hub/websocket/conformance.hpp"

namespace runcast {
namespace {

void feed(WebsocketReader& reader, std::string_view bytes) {
  while (!bytes.empty()) reader.read(bytes);
}

}  // namespace

TEST_CASE("a reader rests only between messages") {
  WebsocketReader reader;
  CHECK(reader.idle());
  feed(reader, encode({.payload = "whole"}));
  CHECK(reader.idle());
  feed(reader, "\x81");
  CHECK_FALSE(reader.idle());
  feed(reader, "\x80");
  feed(reader, std::string(4, '\0'));
  CHECK(reader.idle());
  feed(reader, encode({.payload = "part", .final = false}));
  CHECK_FALSE(reader.idle());
  feed(reader, encode({.opcode = opcode::ping}));
  CHECK_FALSE(reader.idle());
  feed(reader, encode({.opcode = opcode::continuation}));
  CHECK(reader.idle());
}

TEST_CASE("frames are counted, and pings and pongs among them") {
  WebsocketReader reader;
  feed(reader, encode({.payload = "a", .final = false}) + encode({.opcode = opcode::ping}) +
                   encode({.opcode = opcode::continuation}) + encode({.opcode = opcode::pong}) +
                   encode({.payload = "b"}));
  CHECK(reader.frames() == 5);
  CHECK(reader.control_frames() == 2);
}

TEST_CASE("an event leaves the bytes behind it in the input") {
  WebsocketReader reader;
  std::string const second = encode({.payload = "two"});
  std::string const sent = encode({.payload = "one"}) + second;
  std::string_view input = sent;
  CHECK(reader.read(input).data == "one");
  CHECK(input == second);
  CHECK(reader.read(input).data == "two");
  CHECK(input.empty());
  CHECK(reader.read(input).kind == WebsocketEvent::Kind::none);
}

TEST_CASE("an ended reader swallows everything and says nothing") {
  WebsocketReader reader;
  feed(reader, encode({.opcode = opcode::close}));
  REQUIRE(reader.ended());
  std::string_view input = "anything at all";
  CHECK(reader.read(input).kind == WebsocketEvent::Kind::none);
  CHECK(input.empty());
}

TEST_CASE("an error says what was wrong in a sentence that fits a close frame") {
  for (std::string const& sent :
       {encode({.reserved_bits = 1}), encode({.opcode = 3}), encode({.masked = false}), encode({.payload = "\xff"}),
        encode_header({}, 1 << 20), encode({.opcode = opcode::continuation})}) {
    WebsocketReader reader;
    std::string_view input = sent;
    WebsocketEvent const event = reader.read(input);
    CHECK(event.kind == WebsocketEvent::Kind::error);
    CHECK_FALSE(event.data.empty());
    CHECK(event.data.size() <= 123);
  }
}

TEST_CASE("a long random conversation reads the same in any pieces") {
  std::mt19937 random(1);
  auto const below = [&](int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random); };
  std::string sent;
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    std::string text = "m";
    sent += encode({.payload = text, .final = false});
    for (int fragments = below(4); fragments > 0; --fragments) {
      std::string const piece(static_cast<std::size_t>(below(300)), static_cast<char>('a' + below(26)));
      sent += encode({.opcode = opcode::continuation, .payload = piece, .final = false});
      text += piece;
      if (below(2) == 0) {
        sent += encode({.opcode = opcode::ping, .payload = "p"});
        expected.emplace_back("ping p");
      }
    }
    sent += encode({.opcode = opcode::continuation});
    expected.push_back("text " + text);
  }
  check_conformance({{"two hundred messages", sent, expected}});
}

}  // namespace runcast
