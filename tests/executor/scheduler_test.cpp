#include "executor/scheduler.hpp"

#include <catch2/catch.hpp>

#include "tests/executor/play.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

std::string const diamond =
    "{'id':'a','run':'true'},{'id':'b','needs':['a'],'run':'true'},{'id':'c','needs':['a'],'run':'true'},"
    "{'id':'d','needs':['b','c'],'run':'true'}";

}  // namespace

TEST_CASE("a run begins with its run_start, its layers in it, and the steps that need nothing") {
  Play play(plan_of_steps(diamond));
  play.begin({.inputs = {{"x", 1}}, .version = 3, .started_by = "ann", .kept = {}});
  auto const& start = std::get<events::RunStart>(play.log.front().payload);
  CHECK(start.workflow == "w");
  CHECK(start.version == 3);
  CHECK(start.started_by == "ann");
  CHECK(start.inputs == boost::json::object{{"x", 1}});
  CHECK(start.layers == std::vector<Ids>{{"a"}, {"b", "c"}, {"d"}});
  CHECK(play.started == Ids{"a"});
  CHECK(play.run_status() == RunStatus::running);
}

TEST_CASE("an eager step starts in the same decision that ends what it needs") {
  Play play(plan_of_steps(diamond));
  play.begin().end("a");
  CHECK(play.ended == Ids{"a"});
  CHECK(play.started == Ids{"b", "c"});
  play.end("c");
  CHECK(play.started.empty());
  play.end("b");
  CHECK(play.started == Ids{"d"});
}

TEST_CASE("a run succeeds, and ends last, when every step has succeeded") {
  Play play(plan_of_steps(diamond));
  play.begin().end("a").end("b").end("c");
  play.now += 5s;
  play.end("d");
  CHECK(play.run_status() == RunStatus::succeeded);
  CHECK(play.log.back().type == EventType::run_complete);
  CHECK(play.last<events::RunComplete>().duration == 5s);
}

TEST_CASE("by layers, a step waits for the whole layer above, whatever it needs") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},{'id':'b','run':'true'},{'id':'c','needs':['a'],'run':'true'},"
                    "{'id':'d','needs':['c'],'run':'true'}",
                    "'schedule':'layers',"));
  play.begin();
  CHECK(play.started == Ids{"a", "b"});
  play.end("a");
  CHECK(play.started.empty());
  play.end("b");
  CHECK(play.started == Ids{"c"});
  play.end("c");
  CHECK(play.started == Ids{"d"});
}

TEST_CASE("by layers, a failure skips its dependents and lets the others of the next layer run") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},{'id':'b','run':'true'},{'id':'c','needs':['a'],'run':'true'},"
                    "{'id':'d','needs':['b'],'run':'true'}",
                    "'schedule':'layers',"));
  play.begin().fail("a").end("b");
  CHECK(play.ended == Ids{"b", "c"});
  CHECK(play.status("c") == StepStatus::skipped);
  CHECK(play.started == Ids{"d"});
  play.end("d");
  CHECK(play.run_status() == RunStatus::failed);
}

TEST_CASE("no more than maxParallel steps run at once, in the order in which they became ready") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},{'id':'b','run':'true'},{'id':'c','delay':'1s'},"
                    "{'id':'d','run':'true'}",
                    "'maxParallel':2,"));
  play.begin();
  CHECK(play.started == Ids{"a", "b"});
  play.end("b");
  CHECK(play.started == Ids{"c"});
  play.end("a");
  CHECK(play.started == Ids{"d"});
}

TEST_CASE("an approval waits beside maxParallel, and a delay beside the server's slots") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},{'id':'b','run':'true'},{'id':'c','delay':'1s'},"
                    "{'id':'d','approval':{'message':'ok?'}}",
                    "'maxParallel':2,"));
  play.server_slot = false;
  play.begin();
  CHECK(play.started == Ids{"d", "c"});
  play.server_slot = true;
  play.pass(0ms);
  CHECK(play.started == Ids{"a"});
}

TEST_CASE("a failed step skips all that come of it, with the reason, and fails the run") {
  Play play(plan_of_steps(diamond));
  play.begin().fail("a");
  CHECK(play.ended == Ids{"a", "b", "c", "d"});
  CHECK(play.status("b") == StepStatus::skipped);
  CHECK(play.last<events::StepComplete>().error == "'b', which it needs, has been skipped");
  CHECK(play.last<events::StepComplete>().attempt == 0);
  CHECK(play.run_status() == RunStatus::failed);
  CHECK(play.last<events::RunComplete>().error == "step 'a' failed");
}

TEST_CASE("a failure does not stop the branches beside it") {
  Play play(plan_of_steps(diamond));
  play.begin().end("a").fail("b");
  CHECK(play.ended == Ids{"b"});
  play.end("c");
  CHECK(play.ended == Ids{"c", "d"});
  CHECK(play.run_status() == RunStatus::failed);
}

TEST_CASE("with continueOnError a failed step has failed, but neither its dependents nor the run mind") {
  Play play(plan_of_steps("{'id':'a','run':'true','continueOnError':true},{'id':'b','needs':['a'],'run':'true'}"));
  play.begin().fail("a");
  CHECK(play.status("a") == StepStatus::failed);
  CHECK(play.started == Ids{"b"});
  play.end("b");
  CHECK(play.run_status() == RunStatus::succeeded);
}

TEST_CASE("what an attempt said is what its step_complete says") {
  Play play(plan_of_steps("{'id':'a','run':'true'}"));
  play.begin();
  play.now += 1500ms;
  play.end("a",
           {.outcome = Outcome::failed, .exit_code = 3, .signal = {}, .error = "no luck", .outputs = {{{"n", 1}}}});
  auto const& end = play.last<events::StepComplete>();
  CHECK(end.status == StepStatus::failed);
  CHECK(end.attempt == 1);
  CHECK(end.duration == 1500ms);
  CHECK(end.exit_code == 3);
  CHECK(end.error == "no luck");
  CHECK(end.outputs == boost::json::object{{"n", 1}});
}

TEST_CASE("conditions decide once all that a step needs has ended") {
  struct Case {
    std::string condition;
    bool a_fails;
    bool runs;
  };
  auto const example = GENERATE(values<Case>({
      {"success", false, true},
      {"success", true, false},
      {"failure", false, false},
      {"failure", true, true},
      {"always", false, true},
      {"always", true, true},
      {"steps.a.status == \\'failed\\'", true, true},
      {"steps.a.status == \\'failed\\'", false, false},
      {"inputs.go", false, true},
      {"inputs.go", true, false},
      {"!inputs.go", false, false},
  }));
  auto condition = example.condition;
  condition.erase(std::remove(condition.begin(), condition.end(), '\\'), condition.end());
  std::string const text = R"({"name":"w","inputs":{"go":{"type":"boolean"}},"steps":[{"id":"a","run":"true"},)"
                           R"({"id":"b","needs":["a"],"run":"true","if":")" +
                           condition + "\"}]}";
  CAPTURE(text, example.a_fails);
  Play play(plan_of(text));
  play.begin({.inputs = {{"go", true}}, .version = 1, .started_by = {}, .kept = {}});
  play.end("a", {.outcome = example.a_fails ? Outcome::failed : Outcome::succeeded});
  CHECK((play.started == Ids{"b"}) == example.runs);
  CHECK((play.status("b") == StepStatus::skipped) == !example.runs);
}

TEST_CASE("`if: failure` sees a failure behind a skipped step, too") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},{'id':'b','needs':['a'],'run':'true'},"
                    "{'id':'c','needs':['b'],'run':'true','if':'failure'}"));
  play.begin().fail("a");
  CHECK(play.status("b") == StepStatus::skipped);
  CHECK(play.started == Ids{"c"});
}

TEST_CASE("a condition reads the outputs of steps before") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},{'id':'b','needs':['a'],'run':'true',"
                    "'if':'steps.a.outputs.n > 2'}"));
  play.begin().end("a", {.outputs = {{{"n", 3}}}});
  CHECK(play.started == Ids{"b"});
}

TEST_CASE("a failed attempt is made again after its delay, as often as the policy says") {
  Play play(plan_of_steps("{'id':'a','run':'true','retry':{'maxAttempts':3,'delay':'1s','backoff':2}}"));
  play.begin().fail("a");
  CHECK(play.last<events::StepRetry>().delay == 1s);
  CHECK(play.last<events::StepRetry>().reason == "failed");
  CHECK(play.started.empty());
  CHECK(play.scheduler.next_due() == play.now + 1s);
  play.pass(999ms);
  CHECK(play.started.empty());
  play.pass(1ms);
  CHECK(play.started == Ids{"a"});
  CHECK(play.attempt("a") == 2);
  play.end("a", {.outcome = Outcome::timed_out});
  CHECK(play.last<events::StepRetry>().delay == 2s);
  CHECK(play.last<events::StepRetry>().reason == "timeout");
  play.pass(2s).fail("a");
  CHECK(play.status("a") == StepStatus::failed);
  CHECK(play.last<events::StepComplete>().attempt == 3);
  CHECK(play.run_status() == RunStatus::failed);
}

TEST_CASE("a step that waits for its next attempt leaves its slot to others") {
  Play play(plan_of_steps("{'id':'a','run':'true','retry':{'maxAttempts':2,'delay':'1s'}},{'id':'b','run':'true'}",
                          "'maxParallel':1,"));
  play.begin().fail("a");
  CHECK(play.started == Ids{"b"});
  play.pass(1s);
  CHECK(play.started.empty());
  play.end("b");
  CHECK(play.started == Ids{"a"});
}

TEST_CASE("a delay ends by the clock alone") {
  Play play(plan_of_steps("{'id':'a','delay':'5s'},{'id':'b','needs':['a'],'run':'true'}"));
  play.begin();
  CHECK(play.active.empty());
  CHECK(play.scheduler.next_due() == play.now + 5s);
  play.pass(4999ms);
  CHECK(play.ended.empty());
  play.pass(1ms);
  CHECK(play.ended == Ids{"a"});
  CHECK(play.last<events::StepStart>().step_id == "b");
}

TEST_CASE("an approval lets the run go on, or fails it") {
  Play play(plan_of_steps("{'id':'gate','approval':{'message':'Ship it?'}},{'id':'b','needs':['gate'],'run':'true'}"));
  play.begin();
  CHECK(play.last<events::ApprovalRequested>().message == "Ship it?");
  SECTION("approved") {
    play.approve("gate", true);
    CHECK(play.last<events::ApprovalDecided>().by == "ann");
    CHECK(play.started == Ids{"b"});
  }
  SECTION("rejected") {
    play.approve("gate", false);
    CHECK(play.status("gate") == StepStatus::failed);
    CHECK(play.status("b") == StepStatus::skipped);
    CHECK(play.run_status() == RunStatus::failed);
  }
  SECTION("never twice, and no other step") {
    play.approve("gate", true);
    Decision out;
    CHECK(play.scheduler.decide_approval("gate", true, "bob", {}, play.now, out).error().code == Errc::conflict);
    CHECK(play.scheduler.decide_approval("b", true, "bob", {}, play.now, out).error().code == Errc::conflict);
    CHECK(play.scheduler.decide_approval("x", true, "bob", {}, play.now, out).error().code == Errc::not_found);
    CHECK(out.empty());
  }
}

TEST_CASE("an approval that nobody gives in its time has failed") {
  Play play(plan_of_steps("{'id':'gate','timeout':'1h','approval':{'message':'?'}}"));
  play.begin().pass(1h);
  CHECK(play.status("gate") == StepStatus::failed);
  CHECK(play.last<events::StepComplete>().error == "its time of 1h was up");
}

TEST_CASE("steps that an earlier run has done are complete from the start, with their outputs") {
  Play play(plan_of_steps(diamond));
  play.begin({.inputs = {}, .version = 1, .started_by = "run X", .kept = {{"a", {{{"n", 1}}}}, {"b", std::nullopt}}});
  CHECK(play.ended == Ids{"a", "b"});
  CHECK(play.started == Ids{"c"});
  CHECK(play.last<events::StepComplete>().attempt == 0);
  play.end("c").end("d");
  CHECK(play.run_status() == RunStatus::succeeded);
}
