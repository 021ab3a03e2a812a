#include <catch2/catch.hpp>
#include <thread>

#include "model/segment.hpp"

using namespace runcast;

namespace {

FrameInfo at(std::uint64_t position) {
  FrameInfo info;
  info.position = position;
  return info;
}

std::string_view frame(Segment const& segment, std::size_t index) {
  auto const& info = segment.frames()[index];
  return segment.bytes().substr(info.begin, info.end - info.begin);
}

}  // namespace

TEST_CASE("a WebSocket frame is final, text, unmasked, and says its length in the shortest form") {
  Segment segment(Form::websocket, 200'000);
  segment.append(std::string(125, 'a'), at(1));
  segment.append(std::string(126, 'b'), at(2));
  segment.append(std::string(65'535, 'c'), at(3));
  segment.append(std::string(65'536, 'd'), at(4));
  CHECK(frame(segment, 0).substr(0, 2) == "\x81\x7D");
  CHECK(frame(segment, 1).substr(0, 4) == std::string_view("\x81\x7E\x00\x7E", 4));
  CHECK(frame(segment, 2).substr(0, 4) == "\x81\x7E\xFF\xFF");
  CHECK(frame(segment, 3).substr(0, 10) == std::string_view("\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  CHECK(frame(segment, 3).size() == 10 + 65'536);
}

TEST_CASE("a server-sent event is one chunk of the body, with epoch and position as its id") {
  Segment segment(Form::sse, 1000);
  segment.append("{}", at(17), "e1");
  CHECK(segment.bytes() == "14\r\nid: e1:17\ndata: {}\n\n\r\n");
  CHECK(segment.json(segment.frames()[0]) == "{}");
}

TEST_CASE("a line is one chunk of the body") {
  Segment segment(Form::ndjson, 1000);
  segment.append(R"({"a":1})", at(1));
  CHECK(segment.bytes() == "8\r\n{\"a\":1}\n\r\n");
  CHECK(segment.json(segment.frames()[0]) == R"({"a":1})");
}

TEST_CASE("frames lie end to end, and what was there does not move or change as the segment grows") {
  for (Form const form : {Form::websocket, Form::sse, Form::ndjson}) {
    Segment segment(form, 100'000);
    segment.append("first", at(1), "e");
    auto const* const begin = segment.bytes().data();
    std::string const first(segment.bytes());
    std::uint64_t position = 1;
    while (segment.fits(50)) segment.append(std::string(50, 'x'), at(++position), "e");
    CHECK(segment.bytes().data() == begin);
    CHECK(segment.bytes().starts_with(first));
    CHECK(segment.first_position() == 1);
    CHECK(segment.last_position() == position);
    CHECK(segment.bytes().size() <= segment.capacity());
    std::uint32_t end = 0;
    for (auto const& info : segment.frames()) {
      REQUIRE(info.begin == end);
      end = info.end;
    }
    CHECK(end == segment.bytes().size());
  }
}

TEST_CASE("a step is found in the frame's text in every form") {
  for (Form const form : {Form::websocket, Form::sse, Form::ndjson}) {
    Segment segment(form, 1000);
    segment.append("padding", at(1), "epoch");
    FrameInfo info = at(2);
    info.step_begin = 9;  // within the text
    info.step_size = 5;
    segment.append(R"({"step":"build"})", info, "epoch");
    CHECK(segment.step(segment.frames()[1]) == "build");
    CHECK(segment.step(segment.frames()[0]).empty());
  }
}

TEST_CASE("a segment has room for a text with its frame, or says that it has not") {
  Segment segment(Form::sse, 1000);
  CHECK(segment.fits(1000 - Segment::max_overhead));
  CHECK_FALSE(segment.fits(1001 - Segment::max_overhead));
  std::string const long_epoch(40, 'e');
  segment.append(std::string(1000 - Segment::max_overhead, 'x'), at(UINT64_MAX), long_epoch);
  CHECK(segment.bytes().size() <= 1000);
}

TEST_CASE("others may read what they were told of while the segment grows") {
  Segment segment(Form::websocket, 1 << 20);
  segment.append("what they were told of", at(1));
  auto const told = segment.bytes();
  bool intact = true;
  {
    std::jthread const reader([&] {
      for (int i = 0; i < 10'000; ++i) intact = intact && told.substr(2) == "what they were told of";
    });
    while (segment.fits(100)) segment.append(std::string(100, 'x'), at(2));
  }
  CHECK(intact);
}
