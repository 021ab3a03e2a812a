// RFC 6455, sections 7.4.1 and 10.4: a client cannot make the server hold more than it said it would.
#include <catch2/catch.hpp>

#include "tests/hub/websocket/conformance.hpp"

namespace runcast {
namespace {

std::string first(std::string_view payload) { return encode({.payload = payload, .final = false}); }
std::string more(std::string_view payload) {
  return encode({.opcode = opcode::continuation, .payload = payload, .final = false});
}
std::string last(std::string_view payload) { return encode({.opcode = opcode::continuation, .payload = payload}); }

}  // namespace

TEST_CASE("RFC 6455 10.4: a message over the limit ends the connection with 1009, at its header") {
  std::string const ten(10, 'x');
  check_conformance(
      {
          {"as long as the limit", encode({.payload = ten}), {"text " + ten}},
          {"one more", encode_header({}, 11), {"error 1009"}},
          {"far more", encode_header({}, 1'000'000), {"error 1009"}},
          {"over 32 bits", encode_header({}, (std::uint64_t{1} << 32) + 1), {"error 1009"}},
          {"binary", encode_header({.opcode = opcode::binary}, 11), {"error 1009"}},
          {"in fragments, up to it", first("12345") + last("67890"), {"text 1234567890"}},
          {"in fragments, over it", first("12345") + last("678901"), {"error 1009"}},
          {"byte by byte", first("1234567890") + more("") + last("1"), {"error 1009"}},
          {"messages are counted apart",
           encode({.payload = ten}) + encode({.payload = ten}),
           {"text " + ten, "text " + ten}},
          {"control frames are not counted",
           first(ten) + encode({.opcode = opcode::ping, .payload = std::string(20, 'p')}) + last(""),
           {"ping " + std::string(20, 'p'), "text " + ten}},
      },
      {.max_message = 10});
}

TEST_CASE("the default limit of a message is 64 KiB") {
  check_conformance(
      {{"one byte more", encode_header({}, 65537), {"error 1009"}}, {"just that", encode_header({}, 65536), {}}});
}

TEST_CASE("a limit of nothing takes empty messages alone") {
  check_conformance({{"empty", encode({}), {"text"}}, {"a byte", encode({.payload = "a"}), {"error 1009"}}},
                    {.max_message = 0});
}

TEST_CASE("a message of endless empty fragments ends the connection with 1008") {
  check_conformance(
      {
          {"as many as allowed", first("") + more("") + more("") + last("a"), {"text a"}},
          {"one more", first("") + more("") + more("") + more("") + last("a"), {"error 1008"}},
          {"between others",
           first("a") + more("") + more("b") + more("") + more("") + more("c") + more(""),
           {"error 1008"}},
          {"counted for each message",
           first("") + more("") + last("") + first("") + more("") + last(""),
           {"text", "text"}},
          {"pings do not reset it",
           first("") + more("") + more("") + encode({.opcode = opcode::ping}) + more(""),
           {"ping", "error 1008"}},
      },
      {.max_empty_fragments = 3});
}

}  // namespace runcast
