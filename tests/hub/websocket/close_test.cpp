// RFC 6455, sections 5.5.1 and 7.4: close frames, their codes and reasons, and what follows them.
#include <catch2/catch.hpp>

#include "tests/hub/websocket/conformance.hpp"

namespace runcast {
namespace {

std::string close(std::string_view payload) { return encode({.opcode = opcode::close, .payload = payload}); }

}  // namespace

TEST_CASE("RFC 6455 7.4: codes that may be sent are accepted") {
  ConformanceCases cases;
  for (std::uint16_t code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999,
                             4000, 4001, 4500, 4999}) {
    cases.push_back({fmt::format("{}", code), close(close_payload(code)), {fmt::format("close {}", code)}});
    cases.push_back({fmt::format("{} with a reason", code),
                     close(close_payload(code, "bye")),
                     {fmt::format("close {} bye", code)}});
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 7.4: any other code ends the connection with 1002") {
  ConformanceCases cases;
  for (std::uint16_t code : {0,    1,    2,    500,  998,  999,  1004, 1005, 1006,  1015,  1016,  1017,
                             1100, 1999, 2000, 2500, 2998, 2999, 5000, 5001, 10000, 32768, 65534, 65535}) {
    cases.push_back({fmt::format("{}", code), close(close_payload(code)), {"error 1002"}});
    cases.push_back({fmt::format("{} with a reason", code), close(close_payload(code, "bye")), {"error 1002"}});
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.5.1: a close frame has no payload, or a code and perhaps a reason") {
  std::string const longest(123, 'r');
  check_conformance({
      {"nothing", close(""), {"close 1005"}},
      {"half a code", close("\x03"), {"error 1002"}},
      {"the longest reason", close(close_payload(1000, longest)), {"close 1000 " + longest}},
      {"a longer one", close(close_payload(1000, longest + "r")), {"error 1002"}},
      {"a reason in UTF-8", close(close_payload(1000, "tsch\xc3\xbc\xc3\x9f")), {"close 1000 tsch\xc3\xbc\xc3\x9f"}},
  });
}

TEST_CASE("RFC 6455 5.5.1: a reason that is not UTF-8 ends the connection with 1007") {
  ConformanceCases cases;
  for (std::string reason :
       {"\xff", "ok \x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "abc\xf0\x9f\x98"}) {
    cases.push_back(
        {fmt::format("a reason of {} bytes", reason.size()), close(close_payload(1000, reason)), {"error 1007"}});
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.5.1: what follows a close frame is not looked at") {
  std::string const closed = close(close_payload(1000));
  check_conformance({
      {"a message", closed + encode({.payload = "late"}), {"close 1000"}},
      {"a ping", closed + encode({.opcode = opcode::ping}), {"close 1000"}},
      {"another close", closed + closed, {"close 1000"}},
      {"rubbish", closed + std::string(300, '\xff'), {"close 1000"}},
      {"messages before it count", encode({.payload = "a"}) + closed, {"text a", "close 1000"}},
      {"a ping before it counts", encode({.opcode = opcode::ping}) + closed, {"ping", "close 1000"}},
  });
}

TEST_CASE("what follows a protocol error is not looked at") {
  std::string const broken = encode({.reserved_bits = 4});
  check_conformance({
      {"a message", broken + encode({.payload = "late"}), {"error 1002"}},
      {"a close", broken + close(close_payload(1000)), {"error 1002"}},
      {"another error", broken + broken, {"error 1002"}},
  });
}

}  // namespace runcast
