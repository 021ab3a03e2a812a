#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "cli/net/stream_cursor.hpp"

using namespace runcast;
using namespace runcast::cli;

namespace {

std::string event(std::uint64_t seq, std::string_view type = "step_log",
                  std::string_view payload = R"({"stepId":"build","level":"info","message":"m","timestamp":5})") {
  return fmt::format(
      R"({{"type":"{}","runId":"01JD8Z5W3P4Q6R7S8T9VAWBXCY","seq":{},"id":{},"timestamp":5,"payload":{}}})", type, seq,
      seq + 100, payload);
}

constexpr auto opening =
    R"({"type":"stream_open","runId":"01JD8Z5W3P4Q6R7S8T9VAWBXCY","epoch":"e 1","firstSeq":1,"lastSeq":9,)"
    R"("status":"running"})";

std::uint64_t delivered(StreamMessage const& message) {
  auto const* delivery = std::get_if<stream::Delivery>(&message);
  return delivery ? delivery->event.seq : 0;
}

}  // namespace

TEST_CASE("a follower begins where it was told to") {
  CHECK(StreamCursor({}, {}).query().empty());
  CHECK(StreamCursor({7, {}}, {}).query() == "?after=7");
  CHECK(StreamCursor({0, {}}, {}).query() == "?after=0");
  CHECK(StreamCursor({{}, 20}, {}).query() == "?tail=20");
  CHECK(StreamCursor({}, {"step_log", "a b", Level::warn}).query() == "?types=step_log&step=a%20b&level=warn");
}

TEST_CASE("a follower that comes back asks for what follows its last event, in the log that it knows") {
  StreamCursor cursor{{{}, 5}, {}};
  CHECK(std::get<stream::Opened>(cursor.read(opening)).status == RunStatus::running);
  CHECK(delivered(cursor.read(event(8))) == 8);
  CHECK(delivered(cursor.read(event(9))) == 9);
  CHECK(cursor.query() == "?after=9&epoch=e%201");
}

TEST_CASE("an event that comes twice is delivered once") {
  StreamCursor cursor{{7, {}}, {}};
  CHECK(delivered(cursor.read(event(7))) == 0);
  CHECK(delivered(cursor.read(event(8))) == 8);
  CHECK(delivered(cursor.read(event(8))) == 0);
}

TEST_CASE("after a gap, events are delivered from where the server goes on") {
  StreamCursor cursor{{50, {}}, {}};
  auto const gap = std::get<stream::Gap>(cursor.read(R"({"type":"gap","reason":"future","firstSeq":1})"));
  CHECK(gap.reason == "future");
  CHECK(gap.first_seq == 1);
  CHECK(cursor.query() == "?after=0");
  CHECK(delivered(cursor.read(event(1))) == 1);
}

TEST_CASE("a position moves a filtered follower on without an event") {
  StreamCursor cursor{{}, {"", "build", {}}};
  CHECK(std::holds_alternative<stream::Silence>(cursor.read(R"({"type":"position","upTo":40})")));
  CHECK(cursor.query() == "?after=40&step=build");
  cursor.read(R"({"type":"position","upTo":30})");
  CHECK(cursor.position() == 40);
}

TEST_CASE("an event of a newer server is passed over, and counted") {
  StreamCursor cursor{{}, {}};
  auto const unknown = cursor.read(event(1, "step_teleported", R"({"stepId":"build"})"));
  CHECK(std::get<stream::Delivery>(unknown).event.type == EventType::other);
  auto const rewritten = cursor.read(event(2, "step_log", R"({"lines":[]})"));
  CHECK(std::get<stream::Delivery>(rewritten).event.type == EventType::other);
  CHECK(cursor.position() == 2);
}

TEST_CASE("what is no message at all is passed over") {
  StreamCursor cursor{{3, {}}, {}};
  for (auto const* text : {"", "nonsense", "[]", "{}", R"({"type":5})", R"({"type":"position","upTo":-1})"}) {
    CHECK(std::holds_alternative<stream::Silence>(cursor.read(text)));
  }
  CHECK(cursor.position() == 3);
}
