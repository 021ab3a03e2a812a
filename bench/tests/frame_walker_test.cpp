#include "bench/load/frame_walker.hpp"

#include <catch2/catch.hpp>

#include "hub/websocket/writer.hpp"

namespace runcast::bench {

TEST_CASE("frames of every length are walked, and a part of one is left alone") {
  for (std::size_t size : {0, 1, 125, 126, 65535, 65536}) {
    std::string const payload(size, 'x');
    std::string const sent = encode_text(payload);
    std::string_view input = sent;
    ServerFrame frame;
    REQUIRE(next_frame(input, frame) == Step::frame);
    CHECK(frame.opcode == opcode::text);
    CHECK((frame.payload == payload));
    CHECK(input.empty());
    for (std::size_t part = 0; part < std::min<std::size_t>(sent.size(), 12); ++part) {
      input = std::string_view(sent).substr(0, part);
      CHECK(next_frame(input, frame) == Step::incomplete);
      CHECK(input.size() == part);
    }
  }
}

TEST_CASE("a masked or fragmented frame, or one with other reserved bits, is not what a server of the bench sends") {
  ServerFrame frame;
  for (std::string_view sent : {"\x81\x81____x", "\x01\x01x", "\xa1\x01x"}) {
    CHECK(next_frame(sent, frame) == Step::broken);
  }
}

TEST_CASE("a compressed frame says so") {
  ServerFrame frame;
  std::string_view sent = "\xc1\x01x\x81\x01y";
  CHECK((next_frame(sent, frame) == Step::frame && frame.compressed));
  CHECK((next_frame(sent, frame) == Step::frame && !frame.compressed));
}

TEST_CASE("a number is found wherever it stands") {
  NumberFinder finder(R"("seq":)");
  std::uint64_t value = 0;
  CHECK(finder.find(R"({"a":1,"seq":17,"b":2})", value));
  CHECK(value == 17);
  CHECK(finder.find(R"({"a":1,"seq":123456789012})", value));
  CHECK(value == 123456789012);
  CHECK(finder.find(R"({"seq":3})", value));
  CHECK(value == 3);
  CHECK_FALSE(finder.find(R"({"firstSeq":1,"lastSeq":2})", value));
}

}  // namespace runcast::bench
