// RFC 6455, section 5.5: pings and pongs.
#include <catch2/catch.hpp>

#include "tests/hub/websocket/conformance.hpp"

namespace runcast {
namespace {

std::string named(std::string const& name, std::string const& data) { return data.empty() ? name : name + " " + data; }

}  // namespace

TEST_CASE("RFC 6455 5.5: a control frame carries up to 125 bytes") {
  ConformanceCases cases;
  for (std::size_t size : {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 63, 64, 124, 125}) {
    std::string const payload(size, 'p');
    cases.push_back({fmt::format("ping of {}", size),
                     encode({.opcode = opcode::ping, .payload = payload}),
                     {named("ping", payload)}});
    cases.push_back({fmt::format("pong of {}", size),
                     encode({.opcode = opcode::pong, .payload = payload}),
                     {named("pong", payload)}});
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.5: a control frame of more than 125 bytes ends the connection with 1002") {
  ConformanceCases cases;
  for (std::uint8_t code : {opcode::close, opcode::ping, opcode::pong}) {
    for (std::size_t size : {126, 127, 1000, 65536}) {
      cases.push_back({fmt::format("opcode {:x} of {}", code, size),
                       encode({.opcode = code, .payload = std::string(size, 'p')}),
                       {"error 1002"}});
    }
    ClientFrame const long_form{.opcode = code, .payload = "ab", .length = ClientFrame::Length::two_bytes};
    cases.push_back({fmt::format("opcode {:x} in a long form", code), encode(long_form), {"error 1002"}});
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.5: a fragmented control frame ends the connection with 1002") {
  ConformanceCases cases;
  for (std::uint8_t code : {opcode::close, opcode::ping, opcode::pong}) {
    for (std::string payload : {"", "ab"}) {
      std::string const fragment = encode({.opcode = code, .payload = payload, .final = false});
      cases.push_back({fmt::format("opcode {:x}", code), fragment, {"error 1002"}});
      cases.push_back({fmt::format("opcode {:x}, continued", code),
                       fragment + encode({.opcode = opcode::continuation}),
                       {"error 1002"}});
    }
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.5.2: pings come one by one, in order, with any bytes") {
  std::string sent;
  std::vector<std::string> expected;
  for (int i = 0; i < 10; ++i) {
    sent += encode({.opcode = opcode::ping, .payload = fmt::format("{}", i)});
    expected.push_back(fmt::format("ping {}", i));
  }
  check_conformance({{"ten", sent, expected},
                     {"not UTF-8", encode({.opcode = opcode::ping, .payload = "\xff\x80"}), {"ping \xff\x80"}},
                     {"unasked pong", encode({.opcode = opcode::pong, .payload = "late"}), {"pong late"}}});
}

}  // namespace runcast
