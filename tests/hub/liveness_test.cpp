#include <catch2/catch.hpp>

#include "hub/liveness.hpp"

using namespace runcast;
using namespace std::chrono_literals;

namespace {

constexpr Liveness::Time start{1000s};
ClientLimits const limits;
using Due = Liveness::Due;

}  // namespace

TEST_CASE("a quiet WebSocket is pinged each 54 seconds, the first time earlier by what was asked") {
  Liveness liveness(Form::websocket, limits, start, 20s);
  CHECK(liveness.next(limits) == start + 34s);
  CHECK(liveness.due(start + 33s, limits) == Due::nothing);
  CHECK(liveness.due(start + 34s, limits) == Due::heartbeat);
  liveness.answered();
  CHECK(liveness.due(start + 34s, limits) == Due::nothing);
  CHECK(liveness.next(limits) == start + 88s);
  CHECK(liveness.due(start + 88s, limits) == Due::heartbeat);
}

TEST_CASE("a WebSocket that neither answers nor takes anything for 60 seconds is gone") {
  Liveness liveness(Form::websocket, limits, start, 0s);
  CHECK(liveness.due(start + 54s, limits) == Due::heartbeat);
  liveness.wrote(start + 54s, 2, 2);
  CHECK(liveness.due(start + 108s, limits) == Due::nothing);
  CHECK(liveness.next(limits) == start + 114s);
  SECTION("and not before") {
    CHECK(liveness.due(start + 113s, limits) == Due::nothing);
    CHECK(liveness.due(start + 114s, limits) == Due::gone);
  }
  SECTION("but one that takes something is there") {
    liveness.wrote(start + 100s, 10, 10);
    CHECK(liveness.due(start + 159s, limits) == Due::nothing);
    CHECK(liveness.due(start + 160s, limits) == Due::gone);
  }
  SECTION("and so is one that says something") {
    CHECK(liveness.heard(start + 110s, 10, limits));
    CHECK(liveness.due(start + 169s, limits) == Due::nothing);
    CHECK(liveness.due(start + 170s, limits) == Due::gone);
  }
  SECTION("and one that answers late, at the next ping") {
    liveness.answered();
    CHECK(liveness.due(start + 162s, limits) == Due::heartbeat);
  }
}

TEST_CASE("a body gets a comment after 15 seconds in which nothing was sent") {
  Liveness liveness(Form::sse, limits, start, 0s);
  liveness.wrote(start + 10s, 100, 100);
  CHECK(liveness.due(start + 15s, limits) == Due::nothing);
  CHECK(liveness.next(limits) == start + 25s);
  CHECK(liveness.due(start + 25s, limits) == Due::heartbeat);
  CHECK(liveness.next(limits) == start + 40s);
}

TEST_CASE("who takes nothing of what waits for it has stalled after 30 seconds") {
  for (Form const form : {Form::websocket, Form::ndjson}) {
    Liveness liveness(form, limits, start, 0s);
    liveness.wrote(start + 10s, 50, 100);
    CHECK(liveness.next(limits) == start + 40s);
    CHECK(liveness.due(start + 39s, limits) == Due::nothing);
    CHECK(liveness.due(start + 40s, limits) == Due::stalled);
  }
}

TEST_CASE("the time to take something begins when something waits") {
  Liveness liveness(Form::websocket, limits, start, 0s);
  liveness.wrote(start + 50s, 0, 100);
  CHECK(liveness.due(start + 60s, limits) == Due::nothing);
  liveness.wrote(start + 70s, 0, 100);  // and not again with each attempt
  CHECK(liveness.due(start + 80s, limits) == Due::stalled);
}

TEST_CASE("one who takes a byte now and then has not stalled, and is not pinged meanwhile") {
  Liveness liveness(Form::websocket, limits, start, 0s);
  for (int i = 1; i < 20; ++i) {
    liveness.wrote(start + i * 20s, 1, 100);
    CHECK(liveness.due(start + i * 20s + 19s, limits) == Due::nothing);
  }
  liveness.wrote(start + 400s, 100, 100);
  CHECK(liveness.due(start + 400s, limits) == Due::heartbeat);
}

TEST_CASE("a follower may send a little always, a lot at once, and not a lot always") {
  Liveness liveness(Form::websocket, limits, start, 0s);
  CHECK(liveness.heard(start, limits.input_burst, limits));
  CHECK_FALSE(liveness.heard(start, 1, limits));
  Liveness patient(Form::websocket, limits, start, 0s);
  for (int i = 1; i < 10'000; ++i) REQUIRE(patient.heard(start + i * 1ms, 8, limits));
  Liveness hasty(Form::websocket, limits, start, 0s);
  bool bearable = true;
  for (int i = 1; i < 10'000; ++i) bearable = bearable && hasty.heard(start + i * 1ms, 100, limits);
  CHECK_FALSE(bearable);
}
