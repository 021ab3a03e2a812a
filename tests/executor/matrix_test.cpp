#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "executor/scheduler.hpp"
#include "tests/executor/play.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

TEST_CASE("a matrix step runs as its instances, and ends with the last of them") {
  Play play(
      plan_of_steps("{'id':'m','matrix':{'x':[1,2],'y':['p','q']},'run':'true'},"
                    "{'id':'z','needs':['m'],'run':'true'}"));
  play.begin();
  CHECK(play.last<events::MatrixExpanded>().instances.size() == 4);
  CHECK(play.started == Ids{"m[0]", "m[1]", "m[2]", "m[3]"});
  CHECK(play.last<events::StepStart>().matrix == boost::json::object{{"x", 2}, {"y", "q"}});
  play.end("m[3]", {.outputs = {{{"n", 3}}}}).end("m[0]").end("m[1]", {.outputs = {{{"n", 1}}}});
  CHECK(play.status("m") == StepStatus::running);
  play.end("m[2]");
  CHECK(play.ended == Ids{"m[2]", "m"});
  CHECK(play.last<events::StepComplete>().outputs == boost::json::object{{"n", {nullptr, 1, nullptr, 3}}});
  CHECK(play.started == Ids{"z"});
}

TEST_CASE("a matrix step has failed when an instance has") {
  Play play(plan_of_steps("{'id':'m','matrix':{'x':[1,2]},'run':'true'},{'id':'z','needs':['m'],'run':'true'}"));
  play.begin().fail("m[0]");
  CHECK(play.status("m") == StepStatus::running);
  play.end("m[1]");
  CHECK(play.status("m") == StepStatus::failed);
  CHECK(play.status("z") == StepStatus::skipped);
  CHECK(play.last<events::RunComplete>().error == "step 'm' failed");
}

TEST_CASE("a matrix comes from a step's output") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},"
                    "{'id':'m','needs':['a'],'matrix':{'x':'${{ steps.a.outputs.list }}'},'run':'true'}"));
  play.begin();
  SECTION("an array, as JSON text too") {
    play.end("a", {.outputs = {{{"list", "[5,6,7]"}}}});
    CHECK(play.started == Ids{"m[0]", "m[1]", "m[2]"});
  }
  SECTION("an empty one has nothing to do, and has succeeded") {
    play.end("a", {.outputs = {{{"list", boost::json::array()}}}});
    CHECK(play.status("m") == StepStatus::succeeded);
    CHECK(play.run_status() == RunStatus::succeeded);
  }
  SECTION("anything else fails the step") {
    play.end("a");
    CHECK(play.status("m") == StepStatus::failed);
    CHECK(play.run_status() == RunStatus::failed);
  }
}

TEST_CASE("instances are bounded") {
  Play play(plan_of_steps("{'id':'m','matrix':{'x':[1,2,3]},'run':'true'}"), {.instances = 2});
  play.begin();
  CHECK(play.status("m") == StepStatus::failed);
}

TEST_CASE("a matrix step fails whose instances have too many different outputs") {
  constexpr int instances = 1001;
  std::string values = "0";
  for (int i = 1; i < instances; ++i) values += fmt::format(",{}", i);
  Play play(plan_of_steps(fmt::format("{{'id':'m','matrix':{{'x':[{}]}},'run':'true'}}", values)));
  play.begin();
  for (int i = 0; i < instances; ++i) {
    play.end(fmt::format("m[{}]", i), {.outputs = {{{fmt::format("n{}", i), 1}}}});
  }
  CHECK(play.status("m") == StepStatus::failed);
  auto const& end = play.last<events::StepComplete>();
  CHECK(end.error == "its 1001 instances have 1001 different outputs: as lists that is more than 1000000 values");
  CHECK_FALSE(end.outputs);
}

TEST_CASE("each instance is tried again for itself") {
  Play play(plan_of_steps("{'id':'m','matrix':{'x':[1,2]},'run':'true','retry':{'maxAttempts':2}}"));
  play.begin().fail("m[1]");
  CHECK(play.started == Ids{"m[1]"});
  CHECK(play.attempt("m[0]") == 1);
  CHECK(play.attempt("m[1]") == 2);
}

TEST_CASE("cancelling a matrix step cancels its instances, and one instance can be cancelled alone") {
  Play play(plan_of_steps("{'id':'m','matrix':{'x':[1,2,3]},'run':'true'}", "'maxParallel':2,"));
  play.begin();
  SECTION("all") {
    play.cancel("m");
    CHECK(play.told_to_end == Ids{"m[0]", "m[1]"});
    CHECK(play.status("m[2]") == StepStatus::cancelled);
    play.fail("m[0]").fail("m[1]");
    CHECK(play.status("m") == StepStatus::cancelled);
  }
  SECTION("one") {
    play.cancel("m[1]");
    CHECK(play.told_to_end == Ids{"m[1]"});
    play.fail("m[1]").end("m[0]").end("m[2]");
    CHECK(play.status("m") == StepStatus::cancelled);
    CHECK(play.status("m[2]") == StepStatus::succeeded);
  }
}
