#include "executor/executor.hpp"

#include <fstream>

#include <catch2/catch.hpp>

#include "tests/executor/executor_world.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

TEST_CASE("a run's steps run, and all that they say is in its log, between their start and their end") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'echo one; echo two >&2; echo ::error::three'},"
      "{'id':'b','needs':['a'],'run':['printf','%s\\n','x y']}]}");
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  auto const events = world.events(run);
  Lines types;
  for (auto const& event : events) types.push_back(event.substr(9, event.find('"', 9) - 9));
  CHECK(types == Lines{"run_start", "step_start", "step_log", "step_log", "step_log", "step_complete", "step_start",
                       "step_log", "step_complete", "run_complete"});
  auto lines = world.lines(run, "a");
  std::sort(lines.begin(), lines.end());  // two pipes have no common order
  CHECK(lines == Lines{"one", "three", "two"});
  CHECK(world.lines(run, "b") == Lines{"x y"});
  world.check_replay(run);
}

TEST_CASE("a command's end is told: its exit code, its signal, or why it could not begin") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'code','run':'exit 7'},{'id':'signal','run':'kill -9 $$'},"
      "{'id':'nothing','run':['/no/such/program']},{'id':'nowhere','run':'true','workingDirectory':'/no/such'}]}");
  CHECK(world.until_ended(run) == RunStatus::failed);
  for (auto const& end : world.all<events::StepComplete>(run)) {
    CAPTURE(end.step_id, end.error.value_or(""));
    CHECK(end.status == StepStatus::failed);
    CHECK(end.error.has_value());
    if (end.step_id == "code") CHECK(end.exit_code == 7);
    if (end.step_id == "signal") CHECK(end.signal == "SIGKILL");
    if (end.step_id == "nothing") CHECK_FALSE(end.exit_code);
  }
}

TEST_CASE("a command has its values in its environment, and little else of the server's") {
  ::setenv("RUNCAST_TEST_PRIVATE", "private", 1);
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','inputs':{'my-name':{'type':'string'}},'env':{'A':'w','B':'${{ inputs.my-name }}'},'steps':["
      "{'id':'a','env':{'A':'s'},'run':'echo $A $B $INPUT_MY_NAME $STEP_ID $ATTEMPT $RUN_ID "
      "\\\"$RUNCAST_TEST_PRIVATE\\\"'}]}",
      {{"my-name", "$(oops)"}});
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.lines(run) == Lines{"s $(oops) $(oops) a 1 " + run.str() + " "});
}

TEST_CASE("steps of a run share a directory, which stays while there is something in it") {
  ExecutorWorld world;
  auto const work = [&](RunId run) { return world.directory() / "runs" / run.str() / "work"; };
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'mkdir d; echo hello > d/f'},"
      "{'id':'b','needs':['a'],'workingDirectory':'d','run':'cat f'}]}");
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.lines(run, "b") == Lines{"hello"});
  CHECK(std::filesystem::exists(work(run) / "d" / "f"));
  auto const other = world.submit("{'name':'w','steps':[{'id':'a','run':'pwd'}]}");
  CHECK(world.until_ended(other) == RunStatus::succeeded);
  CHECK(world.lines(other) == Lines{work(other).string()});
}

TEST_CASE("outputs go from $RUN_OUTPUT to later steps, and a bad one fails its step") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'echo n=4 >> $RUN_OUTPUT'},"
      "{'id':'b','needs':['a'],'if':'steps.a.outputs.n > 3 || steps.a.outputs.n == \\'4\\'',"
      "'env':{'N':'${{ steps.a.outputs.n }}'},'run':'echo got $N'},"
      "{'id':'bad','run':'echo nonsense >> $RUN_OUTPUT'},{'id':'pipe','run':'mkfifo $RUN_OUTPUT'}]}");
  CHECK(world.until_ended(run) == RunStatus::failed);
  CHECK(world.lines(run, "b") == Lines{"got 4"});
  CHECK(world.status(run, "bad") == StepStatus::failed);
  CHECK(world.status(run, "pipe") == StepStatus::failed);
}

TEST_CASE("a failed attempt is made again") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'echo attempt $ATTEMPT; test $ATTEMPT = 3',"
      "'retry':{'maxAttempts':5,'delay':'10ms'}}]}");
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.lines(run) == Lines{"attempt 1", "attempt 2", "attempt 3"});
  world.check_replay(run);
}

TEST_CASE("a step whose time is up is ended") {
  ExecutorWorld world;
  auto const run = world.submit("{'name':'w','steps':[{'id':'a','run':'sleep 600','timeout':'50ms'}]}");
  CHECK(world.until_ended(run) == RunStatus::failed);
  CHECK(world.all<events::StepComplete>(run).front().error == "its time of 50ms was up");
}

TEST_CASE("a run whose time is up is ended, and cleans up") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','timeout':'50ms','steps':[{'id':'a','run':'sleep 600'},"
      "{'id':'sweep','needs':['a'],'if':'always','run':'echo clean'}]}");
  CHECK(world.until_ended(run) == RunStatus::failed);
  CHECK(world.lines(run, "sweep") == Lines{"clean"});
  world.check_replay(run);
}

TEST_CASE("a cancelled run ends its commands, and says so") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'echo up; sleep 600'},{'id':'b','needs':['a'],'run':'true'}]}");
  world.until_logged(run, "\"up\"");
  await(world.executor().cancel(run, "", "ann")).value();
  CHECK(world.until_ended(run) == RunStatus::cancelled);
  CHECK(world.status(run, "a") == StepStatus::cancelled);
  CHECK(world.status(run, "b") == StepStatus::cancelled);
  CHECK(await(world.executor().cancel(run, "", "ann")).error().code == Errc::conflict);
  CHECK(await(world.executor().cancel(RunId(next_ulid()), "", "ann")).error().code == Errc::not_found);
  world.check_replay(run);
}

TEST_CASE("one step is cancelled, and the others go on") {
  ExecutorWorld world;
  auto const run =
      world.submit("{'name':'w','steps':[{'id':'a','run':'echo up; sleep 600'},{'id':'b','delay':'10ms'}]}");
  world.until_logged(run, "\"up\"");
  await(world.executor().cancel(run, "a", "ann")).value();
  CHECK(world.until_ended(run) == RunStatus::cancelled);
  CHECK(world.status(run, "b") == StepStatus::succeeded);
  CHECK(await(world.executor().cancel(run, "zzz", "ann")).error().code == Errc::conflict);
}

TEST_CASE("an approval waits for somebody") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'gate','approval':{'message':'ok?'}},{'id':'b','needs':['gate'],'run':'echo go'}]}");
  world.until_logged(run, "approval_requested");
  await(world.executor().approve(run, "gate", true, "ann", "fine")).value();
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.all<events::ApprovalDecided>(run).front().comment == "fine");
  CHECK(await(world.executor().approve(run, "gate", true, "ann", {})).error().code == Errc::conflict);
}

TEST_CASE("a matrix from an output runs an instance for each value") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'echo list=[7,8] >> $RUN_OUTPUT'},"
      "{'id':'m','needs':['a'],'matrix':{'x':'${{ steps.a.outputs.list }}'},'run':'echo $STEP_ID $MATRIX_X'}]}");
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.lines(run, "m[0]") == Lines{"m[0] 7"});
  CHECK(world.lines(run, "m[1]") == Lines{"m[1] 8"});
  world.check_replay(run);
}

TEST_CASE("a child run is linked both ways, and ends as its step") {
  ExecutorWorld world;
  world.store_workflow("child",
                       "{'name':'child','inputs':{'x':{'type':'integer','required':true}},"
                       "'steps':[{'id':'c','run':'test $INPUT_X = 5'}]}");
  auto const run = world.submit(
      "{'name':'w','inputs':{'v':{'type':'integer'}},'steps':["
      "{'id':'good','workflow':{'name':'child','inputs':{'x':'${{ inputs.v }}'}}},"
      "{'id':'bad','workflow':{'name':'child','inputs':{'x':6}}},"
      "{'id':'wrong','workflow':{'name':'child','inputs':{'x':'six'}}},"
      "{'id':'none','workflow':{'name':'nobody'}}]}",
      {{"v", 5}});
  CHECK(world.until_ended(run) == RunStatus::failed);
  CHECK(world.status(run, "good") == StepStatus::succeeded);
  CHECK(world.status(run, "bad") == StepStatus::failed);
  CHECK(world.status(run, "wrong") == StepStatus::failed);
  CHECK(world.status(run, "none") == StepStatus::failed);
  auto const children = world.all<events::ChildStarted>(run);
  REQUIRE(children.size() == 2);
  auto const row = await(world.store().run(RunId::parse(children[0].child_run_id).value())).value();
  CHECK(row.parent_run == run.str());
  CHECK(row.parent_step == children[0].step_id);
  world.check_replay(run);
}

TEST_CASE("a child run is cancelled with its parent") {
  ExecutorWorld world;
  world.store_workflow("child", "{'name':'child','steps':[{'id':'c','run':'sleep 600'}]}");
  auto const run = world.submit("{'name':'w','steps':[{'id':'a','workflow':{'name':'child'}}]}");
  world.until_logged(run, "child_started");
  auto const child = RunId::parse(world.all<events::ChildStarted>(run).front().child_run_id).value();
  world.until_logged(child, "step_start");
  await(world.executor().cancel(run, "", "ann")).value();
  CHECK(world.until_ended(run) == RunStatus::cancelled);
  CHECK(world.until_ended(child) == RunStatus::cancelled);
}

TEST_CASE("a workflow that starts itself comes to an end") {
  ExecutorWorld world({.max_child_depth = 3});
  std::string const endless = "{'name':'endless','steps':[{'id':'again','workflow':{'name':'endless'}}]}";
  world.store_workflow("endless", endless);
  CHECK(world.until_ended(world.submit(endless)) == RunStatus::failed);
}

TEST_CASE("the same idempotency key starts one run, and another request with it is refused") {
  ExecutorWorld world;
  std::string const one = "{'name':'w','steps':[{'id':'a','run':'true'}]}";
  auto const run = world.submit(one, {}, "k");
  CHECK(world.submit(one, {}, "k") == run);
  CHECK(world.submit(one, {}, "l") != run);
  CHECK(world.try_submit("{'name':'w2','steps':[{'id':'a','run':'true'}]}", {}, "k").error().code == Errc::conflict);
}

TEST_CASE("a rerun keeps what succeeded and does the rest again") {
  ExecutorWorld world;
  auto const flag = (world.directory() / "flag").string();
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'echo ran; echo v=1 >> $RUN_OUTPUT'},"
      "{'id':'b','needs':['a'],'env':{'V':'${{ steps.a.outputs.v }}'},'run':'echo v $V; test -e " +
      flag +
      "'},"
      "{'id':'c','needs':['b'],'run':'true'}]}");
  CHECK(world.until_ended(run) == RunStatus::failed);
  std::ofstream{flag} << "x";
  auto const again = await(world.executor().rerun(run, "ann")).value();
  CHECK(world.until_ended(again) == RunStatus::succeeded);
  CHECK(world.lines(again, "a").empty());
  CHECK(world.lines(again, "b") == Lines{"v 1"});
  CHECK(world.status(again, "a") == StepStatus::succeeded);
  CHECK(await(world.executor().rerun(again, "ann")).error().code == Errc::conflict);
  world.check_replay(again);
}

TEST_CASE("a thousand steps in a chain, and a thousand side by side") {
  ExecutorWorld world({.max_parallel = 8});
  std::string chain, wide;
  for (int i = 0; i < 1000; ++i) {
    auto const comma = i == 0 ? "" : ",";
    chain += fmt::format("{}{{'id':'s{}',{}'run':['true']}}", comma, i,
                         i == 0 ? "" : fmt::format("'needs':['s{}'],", i - 1));
    wide += fmt::format("{}{{'id':'s{}','run':['true']}}", comma, i);
  }
  auto const one = world.submit("{'name':'chain','steps':[" + chain + "]}");
  auto const other = world.submit("{'name':'wide','steps':[" + wide + "]}");
  CHECK(world.until_ended(one) == RunStatus::succeeded);
  CHECK(world.until_ended(other) == RunStatus::succeeded);
  CHECK(world.lifecycle(one).size() == 2002);
  world.check_replay(other);
}
