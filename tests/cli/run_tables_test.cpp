#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "tests/cli/run_events.hpp"

#include "cli/commands/run_tables.hpp"

using namespace runcast;
using namespace runcast::cli;
namespace json = boost::json;

namespace {

Timestamp const now = from_epoch_ms(ten_o_clock + 90'000);

}  // namespace

TEST_CASE("runs, as a table") {
  UtcTime const utc;
  auto const page = json::parse(R"({"items":[
      {"id":"01JD8Z5W3P4Q6R7S8T9VAWBXCY","workflow":"release","status":"running","startedBy":"api",
       "createdAt":1763632800000,"startedAt":1763632801000},
      {"id":"01JD8Z5W3P4Q6R7S8T9VAWBXCX","workflow":"test","status":"failed","startedBy":"schedule 0 5 * * *",
       "createdAt":1763632700000,"startedAt":1763632701000,"endedAt":1763632702500,"durationMs":1500}],
      "nextCursor":null})");
  CHECK(runs_text(page.as_object(), now, Style{}, 0) ==
        "RUN                         WORKFLOW  STATUS   CREATED              TOOK    STARTED BY\n"
        "01JD8Z5W3P4Q6R7S8T9VAWBXCY  release   running  2025-11-20 10:00:00  1m 29s  api\n"
        "01JD8Z5W3P4Q6R7S8T9VAWBXCX  test      failed   2025-11-20 09:58:20  1.5s    schedule 0 5 * * *\n");
}

TEST_CASE("no runs are told as such") {
  CHECK(runs_text(json::object{{"items", json::array{}}}, now, Style{}, 0) == "no runs\n");
  CHECK(runs_text(json::object{}, now, Style{}, 0) == "no runs\n");
}

TEST_CASE("stored workflows, as a table, each with the first of its next times") {
  UtcTime const utc;
  auto const workflows = json::parse(R"([
      {"name":"nightly","version":12,"updatedAt":1763632800000,"schedules":[
        {"cron":"0 5 * * *","nextAt":1763719200000},{"cron":"0 11 * * *","nextAt":1763635600000},{"cron":"0 0 30 2 *"}],
       "lastRun":{"id":"01JD8Z5W3P4Q6R7S8T9VAWBXCY","status":"failed","createdAt":1763632700000}},
      {"name":"release","version":1,"updatedAt":1763632800000,"schedules":[]}])");
  CHECK(workflows_text(workflows.as_array(), Style{}, 0) ==
        "WORKFLOW  VERSION  STORED               LAST RUN             STATUS  NEXT RUN\n"
        "nightly   12       2025-11-20 10:00:00  2025-11-20 09:58:20  failed  2025-11-20 10:46:40\n"
        "release   1        2025-11-20 10:00:00\n");
  CHECK(workflows_text({}, Style{}, 0) == "no workflows\n");
}

TEST_CASE("one run, with its steps as a table") {
  UtcTime const utc;
  auto const run = json::parse(R"({"id":"01JD8Z5W3P4Q6R7S8T9VAWBXCY","workflow":"release","version":3,
      "status":"failed","startedBy":"api","createdAt":1763632800000,"startedAt":1763632800000,
      "endedAt":1763632865000,"durationMs":65000,"error":"unit failed","steps":[
      {"id":"build","status":"succeeded","attempt":1,"durationMs":1990,"exitCode":0},
      {"id":"unit","status":"failed","attempt":2,"durationMs":1000,"signal":"SIGKILL","error":"timed out\u0007"},
      {"id":"gate","status":"skipped","attempt":0}]})");
  CHECK(run_text(run.as_object(), now, Style{}, 0) ==
        "run       01JD8Z5W3P4Q6R7S8T9VAWBXCY\n"
        "workflow  release, version 3\n"
        "status    failed\n"
        "error     unit failed\n"
        "by        api\n"
        "created   2025-11-20 10:00:00\n"
        "started   2025-11-20 10:00:00\n"
        "ended     2025-11-20 10:01:05\n"
        "took      1m 5s\n"
        "\n"
        "STEP   STATUS       ATTEMPT  TOOK  EXIT     ERROR\n"
        "build  ✓ succeeded  1        1.9s  0\n"
        "unit   ✗ failed     2        1s    SIGKILL  timed out^G\n"
        "gate   – skipped\n");
}
