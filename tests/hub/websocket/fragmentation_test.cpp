// RFC 6455, section 5.4: messages in fragments, and control frames between them.
#include <catch2/catch.hpp>

#include "tests/hub/websocket/conformance.hpp"

namespace runcast {
namespace {

std::string first(std::string_view payload, std::uint8_t code = opcode::text) {
  return encode({.opcode = code, .payload = payload, .final = false});
}
std::string more(std::string_view payload) {
  return encode({.opcode = opcode::continuation, .payload = payload, .final = false});
}
std::string last(std::string_view payload) { return encode({.opcode = opcode::continuation, .payload = payload}); }
std::string whole(std::string_view payload) { return encode({.payload = payload}); }
std::string ping(std::string_view payload) { return encode({.opcode = opcode::ping, .payload = payload}); }
std::string pong(std::string_view payload) { return encode({.opcode = opcode::pong, .payload = payload}); }
std::string close(std::string_view payload) { return encode({.opcode = opcode::close, .payload = payload}); }

}  // namespace

TEST_CASE("RFC 6455 5.4: fragments make one message") {
  check_conformance({
      {"two", first("Hel") + last("lo"), {"text Hello"}},
      {"three", first("a") + more("b") + last("c"), {"text abc"}},
      {"many", first("a") + more("b") + more("c") + more("d") + more("e") + last("f"), {"text abcdef"}},
      {"binary", first("a", opcode::binary) + last("b"), {"binary ab"}},
      {"two messages", first("a") + last("b") + first("c", opcode::binary) + last("d"), {"text ab", "binary cd"}},
      {"then a whole one", first("a") + last("b") + whole("c"), {"text ab", "text c"}},
      {"unfinished", first("a") + more("b"), {}},
      {"unfinished frame", first("abc").substr(0, 7), {}},
  });
}

TEST_CASE("RFC 6455 5.4: fragments may be empty") {
  check_conformance({
      {"all", first("") + last(""), {"text"}},
      {"the first", first("") + last("a"), {"text a"}},
      {"the last", first("a") + last(""), {"text a"}},
      {"the middle", first("a") + more("") + last("b"), {"text ab"}},
      {"three", first("") + more("") + last(""), {"text"}},
      {"binary", first("", opcode::binary) + last(""), {"binary"}},
  });
}

TEST_CASE("RFC 6455 5.4: control frames come between fragments, at once and in their place") {
  check_conformance({
      {"a ping", first("Hel") + ping("p") + last("lo"), {"ping p", "text Hello"}},
      {"a pong", first("Hel") + pong("p") + last("lo"), {"pong p", "text Hello"}},
      {"an empty ping", first("Hel") + ping("") + last("lo"), {"ping", "text Hello"}},
      {"after an empty fragment", first("") + ping("p") + last("lo"), {"ping p", "text lo"}},
      {"several",
       first("a") + ping("1") + ping("2") + more("b") + pong("3") + last("c"),
       {"ping 1", "ping 2", "pong 3", "text abc"}},
      {"a full ping",
       first("a") + ping(std::string(125, 'p')) + last("b"),
       {"ping " + std::string(125, 'p'), "text ab"}},
      {"unfinished message", first("a") + ping("1"), {"ping 1"}},
      {"a close", first("a") + close(close_payload(1000)) + last("b"), {"close 1000"}},
      {"a bad one", first("a") + encode({.opcode = opcode::ping, .final = false}) + last("b"), {"error 1002"}},
      {"an unmasked one", first("a") + encode({.opcode = opcode::ping, .masked = false}), {"error 1002"}},
      {"of another mask",
       first("abcd") + encode({.opcode = opcode::ping, .payload = "xyz", .mask = {9, 8, 7, 6}}) + last("efgh"),
       {"ping xyz", "text abcdefgh"}},
  });
}

TEST_CASE("RFC 6455 5.4: a continuation of nothing ends the connection with 1002") {
  check_conformance({
      {"final", last("a"), {"error 1002"}},
      {"not final", more("a"), {"error 1002"}},
      {"empty", last(""), {"error 1002"}},
      {"after a whole message", whole("a") + last("b"), {"text a", "error 1002"}},
      {"after a fragmented message", first("a") + last("b") + last("c"), {"text ab", "error 1002"}},
      {"after a ping", ping("a") + more("b"), {"ping a", "error 1002"}},
      {"before a message", more("a") + whole("b"), {"error 1002"}},
  });
}

TEST_CASE("RFC 6455 5.4: a message that begins within another ends the connection with 1002") {
  check_conformance({
      {"whole text", first("a") + whole("b"), {"error 1002"}},
      {"first of text", first("a") + first("b"), {"error 1002"}},
      {"binary within text", first("a") + encode({.opcode = opcode::binary, .payload = "b"}), {"error 1002"}},
      {"text within binary", first("a", opcode::binary) + whole("b"), {"error 1002"}},
      {"after a continuation", first("a") + more("b") + whole("c") + last("d"), {"error 1002"}},
      {"after a ping", first("a") + ping("p") + whole("c"), {"ping p", "error 1002"}},
      {"within an empty one", first("") + whole(""), {"error 1002"}},
  });
}

TEST_CASE("RFC 6455 5.4: a reserved bit on a fragment ends the connection with 1002") {
  ConformanceCases cases;
  for (std::uint8_t bits = 1; bits < 8; ++bits) {
    ClientFrame const frame{.opcode = opcode::continuation, .payload = "b", .reserved_bits = bits};
    cases.push_back({fmt::format("bits {}", bits), first("a") + encode(frame), {"error 1002"}});
  }
  check_conformance(cases);
}

TEST_CASE("a long message in fragments of every size is whole") {
  std::string text;
  for (int i = 0; text.size() < 4000; ++i) text += fmt::format("{} ", i);
  ConformanceCases cases;
  for (std::size_t size : {1, 7, 125, 126, 1000, 3999}) {
    std::string sent = first(text.substr(0, size));
    for (std::size_t at = size; at < text.size(); at += size) sent += more(text.substr(at, size));
    cases.push_back({fmt::format("fragments of {}", size), sent + last(""), {"text " + text}});
  }
  check_conformance(cases);
}

}  // namespace runcast
