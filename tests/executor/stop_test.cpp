#include <catch2/catch.hpp>

#include "executor/scheduler.hpp"
#include "tests/executor/play.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

std::string const with_cleanup =
    "{'id':'a','run':'true'},{'id':'b','needs':['a'],'run':'true'},"
    "{'id':'sweep','needs':['b'],'if':'always','run':'true'}";

}  // namespace

TEST_CASE("a stop of the run cancels what waits, ends what runs, and is told once") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},{'id':'b','delay':'1h'},{'id':'c','approval':{'message':'?'}},"
                    "{'id':'d','needs':['a'],'run':'true'}"));
  play.begin().cancel();
  CHECK(play.told_to_end == Ids{"a"});
  CHECK(play.status("b") == StepStatus::cancelled);
  CHECK(play.status("c") == StepStatus::cancelled);
  CHECK(play.last<events::StepComplete>().error == "cancelled by ann");
  CHECK(play.status("a") == StepStatus::running);
  play.cancel();
  CHECK(play.told_to_end.empty());
  play.end("a", {.outcome = Outcome::failed, .exit_code = {}, .signal = "SIGTERM", .error = {}, .outputs = {}});
  CHECK(play.ended == Ids{"a", "d"});
  CHECK(play.status("a") == StepStatus::cancelled);
  CHECK(play.status("d") == StepStatus::cancelled);
  CHECK(play.run_status() == RunStatus::cancelled);
}

TEST_CASE("a step that had succeeded before the stop reached it has succeeded") {
  Play play(plan_of_steps("{'id':'a','run':'true'}"));
  play.begin().cancel().end("a");
  CHECK(play.status("a") == StepStatus::succeeded);
  CHECK(play.run_status() == RunStatus::cancelled);
}

TEST_CASE("a stopped step is not tried again") {
  Play play(plan_of_steps("{'id':'a','run':'true','retry':{'maxAttempts':5}}"));
  play.begin().cancel().fail("a");
  CHECK(play.status("a") == StepStatus::cancelled);
}

TEST_CASE("`if: always` cleans up after a stop") {
  Play play(plan_of_steps(with_cleanup));
  play.begin().cancel();
  CHECK(play.started.empty());
  play.fail("a");
  CHECK(play.ended == Ids{"a", "b"});
  CHECK(play.started == Ids{"sweep"});
  play.end("sweep");
  CHECK(play.status("sweep") == StepStatus::succeeded);
  CHECK(play.run_status() == RunStatus::cancelled);
}

TEST_CASE("a cleanup that runs already goes on through a stop") {
  Play play(plan_of_steps(with_cleanup));
  play.begin().end("a").end("b").cancel();
  CHECK(play.told_to_end.empty());
  CHECK(play.run_status() == RunStatus::running);
}

TEST_CASE("cleaning up ends when its time is up") {
  Play play(plan_of_steps(with_cleanup), {.instances = 10, .cleanup = 1min});
  play.begin().cancel().fail("a").pass(59s);
  CHECK(play.told_to_end.empty());
  play.pass(1s);
  CHECK(play.told_to_end == Ids{"sweep"});
  play.fail("sweep");
  CHECK(play.status("sweep") == StepStatus::cancelled);
  CHECK(play.run_status() == RunStatus::cancelled);
}

TEST_CASE("one step can be cancelled, whether it runs or waits") {
  Play play(plan_of_steps("{'id':'a','run':'true'},{'id':'b','run':'true'},{'id':'c','needs':['b'],'run':'true'}"));
  play.begin().cancel("c");
  CHECK(play.status("c") == StepStatus::cancelled);
  play.cancel("a");
  CHECK(play.told_to_end == Ids{"a"});
  play.fail("a").end("b");
  CHECK(play.status("a") == StepStatus::cancelled);
  CHECK(play.status("b") == StepStatus::succeeded);
  CHECK(play.run_status() == RunStatus::cancelled);
}

TEST_CASE("a cancelled step skips its dependents") {
  Play play(plan_of_steps("{'id':'a','run':'true'},{'id':'b','needs':['a'],'run':'true'}"));
  play.begin().cancel("a").fail("a");
  CHECK(play.status("b") == StepStatus::skipped);
}

TEST_CASE("nothing comes of cancelling what has ended, and an unknown step is refused") {
  Play play(plan_of_steps("{'id':'a','run':'true'},{'id':'b','run':'true'}"));
  play.begin().end("a").cancel("a");
  CHECK(play.log.back().type == EventType::step_complete);
  Decision out;
  CHECK(play.scheduler.cancel("zzz", "ann", stop_reason::requested, play.now, out).error().code == Errc::not_found);
  play.end("b").cancel();
  CHECK(play.log.back().type == EventType::run_complete);
}

TEST_CASE("a run whose time is up is stopped, and has failed") {
  Play play(plan_of_steps("{'id':'a','run':'true'},{'id':'b','needs':['a'],'run':'true'}", "'timeout':'1m',"));
  play.begin();
  CHECK(play.scheduler.next_due() == play.now + 1min);
  play.pass(1min);
  CHECK(play.told_to_end == Ids{"a"});
  play.fail("a");
  CHECK(play.status("b") == StepStatus::cancelled);
  CHECK(play.run_status() == RunStatus::failed);
  CHECK(play.last<events::RunComplete>().error == "its time of 1m was up");
}

TEST_CASE("a step that waits for its next attempt is cancelled at once") {
  Play play(plan_of_steps("{'id':'a','run':'true','retry':{'maxAttempts':2,'delay':'1h'}}"));
  play.begin().fail("a").cancel();
  CHECK(play.status("a") == StepStatus::cancelled);
  CHECK(play.last<events::StepComplete>().attempt == 1);
  CHECK(play.run_status() == RunStatus::cancelled);
}
