#include <catch2/catch.hpp>

#include "tests/cli/run_events.hpp"

#include "cli/follow/event_text.hpp"

using namespace runcast;
using namespace runcast::cli;

TEST_CASE("a run in plain lines") {
  UtcTime const utc;
  EventText text{Style{}};
  std::string out;
  for (auto const& event : example_run()) out += text.line(event);
  CHECK(out ==
        "10:00:00.000         run 01JD8Z5W3P4Q6R7S8T9VAWBXCY of release started: 3 steps in 2 layers\n"
        "10:00:00.010  build  started\n"
        "10:00:00.500  build  compiling\n"
        "10:00:00.600  build  warn: careful\n"
        "10:00:01.000  build  42 % linking\n"
        "10:00:02.000  build  succeeded in 1.9s\n"
        "10:00:02.010  unit   started\n"
        "10:00:03.000  unit   attempt 1 failed: exit code 2; again in 1s\n"
        "10:00:04.000  unit   started, attempt 2\n"
        "10:00:05.000  unit   failed in 1s: exit code 2\n"
        "10:00:05.001  gate   skipped: a step that it needs has failed\n"
        "10:00:05.002         run failed in 5s\n");
}

TEST_CASE("approvals say how to answer them") {
  UtcTime const utc;
  EventText text{Style{}};
  CHECK(text.line(make_event(0, events::ApprovalRequested{"gate", "Ship it?"})) ==
        "10:00:00.000  gate  waits for approval: Ship it? (runcast approve 01JD8Z5W3P4Q6R7S8T9VAWBXCY gate)\n");
  CHECK(text.line(make_event(0, events::ApprovalDecided{"gate", false, "api", "not today"})) ==
        "10:00:00.000  gate  rejected by api: not today\n");
}

TEST_CASE("with colours, a log line is painted by its level and keeps its own") {
  UtcTime const utc;
  EventText text{Style{true, true}};
  auto const line = text.line(make_event(0, events::StepLog{"a", Level::error, "x\x1b[32my\x1b[2J", false}));
  CHECK(line == "\x1b[2m10:00:00.000\x1b[0m  \x1b[34ma\x1b[0m  \x1b[31mx\x1b[32my\x1b[0m\x1b[0m\n");
}

TEST_CASE("without colours, a step cannot bring its own") {
  UtcTime const utc;
  EventText text{Style{}};
  auto const line = text.line(make_event(0, events::StepLog{"a", Level::info, "x\x1b[32my\x1b[2J\rz", true}));
  CHECK(line == "10:00:00.000  a  xy^Mz [cut]\n");
}

TEST_CASE("long step names are cut, so that the text stays in sight") {
  UtcTime const utc;
  EventText text{Style{}};
  auto const line = text.line(make_event(0, events::StepLog{std::string(60, 's'), Level::info, "m", false}));
  CHECK(line == "10:00:00.000  " + std::string(23, 's') + "…  m\n");
}

TEST_CASE("an event of an unknown type says nothing") {
  Event event;
  event.type = EventType::other;
  CHECK(EventText{Style{}}.line(event).empty());
}
