#include <catch2/catch.hpp>

#include "tests/executor/executor_world.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

TEST_CASE("a stop lets running steps end, starts no others, and the next server goes on") {
  ExecutorWorld world;
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'echo up; sleep 0.3; echo done'},{'id':'b','needs':['a'],'run':'echo "
      "b'}]}");
  world.until_logged(run, "\"up\"");
  world.restart(30s);
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.lines(run, "a") == std::vector<std::string>{"up", "done"});
  CHECK(world.lines(run, "b") == std::vector<std::string>{"b"});
  CHECK(world.all<events::StepRetry>(run).empty());
  world.check_replay(run);
}

TEST_CASE("a step that does not end in time is interrupted, and made again by the next server") {
  ExecutorWorld world;
  auto const run =
      world.submit("{'name':'w','steps':[{'id':'a','run':'echo attempt $ATTEMPT; test $ATTEMPT = 2 || sleep 600'}]}");
  world.until_logged(run, "attempt 1");
  world.restart(10ms);
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.all<events::StepRetry>(run).front().reason == "interrupted");
  world.check_replay(run);
}

TEST_CASE("what a server without a farewell left undone is done by the next") {
  ExecutorWorld world;
  world.store_workflow("child", "{'name':'child','steps':[{'id':'c','run':'test $ATTEMPT = 2 || sleep 600'}]}");
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'a','run':'test $ATTEMPT = 2 || sleep 600'},"
      "{'id':'gate','approval':{'message':'?'}},{'id':'wait','delay':'300ms'},{'id':'kid','workflow':{'name':'child'}},"
      "{'id':'once','run':'sleep 600','onInterrupt':'fail','continueOnError':true},"
      "{'id':'last','needs':['a','gate','wait','kid','once'],'run':'true'}]}");
  world.until_logged(run, "child_started");
  auto const child = RunId::parse(world.all<events::ChildStarted>(run).front().child_run_id).value();
  world.until_logged(child, "step_start");
  world.abandon();
  world.open();
  await(world.executor().approve(run, "gate", true, "ann", {})).value();
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.until_ended(child) == RunStatus::succeeded);
  CHECK(world.all<events::ChildStarted>(run).size() == 1);
  CHECK(world.status(run, "once") == StepStatus::failed);
  world.check_replay(run);
}

TEST_CASE("runs beyond the bound wait, start in order, and can be cancelled while they wait") {
  ExecutorWorld world({.max_runs = 1});
  std::string const gated = "{'name':'w','steps':[{'id':'gate','approval':{'message':'?'}}]}";
  auto const first = world.submit(gated);
  auto const second = world.submit(gated);
  auto const third = world.submit(gated);
  CHECK(await(world.store().run(second)).value().status == RunStatus::pending);
  CHECK(await(world.executor().approve(second, "gate", true, "ann", {})).error().code == Errc::conflict);
  await(world.executor().cancel(second, "", "ann")).value();
  CHECK(world.until_ended(second) == RunStatus::cancelled);
  world.check_replay(second);
  world.restart(0ms);
  CHECK(await(world.executor().active()).size() == 1);
  await(world.executor().approve(first, "gate", true, "ann", {})).value();
  CHECK(world.until_ended(first) == RunStatus::succeeded);
  world.until_logged(third, "approval_requested");
  await(world.executor().approve(third, "gate", false, "ann", {})).value();
  CHECK(world.until_ended(third) == RunStatus::failed);
}

TEST_CASE("a concurrency group holds runs back, refuses them, or makes room for them") {
  ExecutorWorld world;
  auto const gated = [](std::string const& conflict) {
    return "{'name':'w','concurrency':{'group':'g','limit':1,'onConflict':'" + conflict +
           "'},'steps':[{'id':'gate','approval':{'message':'?'}}]}";
  };
  auto const first = world.submit(gated("queue"));
  CHECK(world.try_submit(gated("refuse")).error().code == Errc::conflict);
  auto const second = world.submit(gated("queue"));
  CHECK(await(world.store().run(second)).value().status == RunStatus::pending);
  auto const third = world.submit(gated("cancel_running"));
  CHECK(world.until_ended(first) == RunStatus::cancelled);
  CHECK(world.until_ended(second) == RunStatus::cancelled);
  world.until_logged(third, "approval_requested");
}

TEST_CASE("a child inside of its parent's concurrency group shares the parent's place, after a restart too") {
  ExecutorWorld world;
  world.store_workflow("inner",
                       "{'name':'inner','concurrency':{'group':'g','onConflict':'cancel_running'},"
                       "'steps':[{'id':'ask','approval':{}}]}");
  world.store_workflow("middle", "{'name':'middle','steps':[{'id':'c','workflow':{'name':'inner'}}]}");
  auto const outer =
      world.submit("{'name':'outer','concurrency':{'group':'g'},'steps':[{'id':'c','workflow':{'name':'middle'}}]}");
  auto const child_of = [&](RunId run) {
    world.until_logged(run, "child_started");
    return RunId::parse(world.all<events::ChildStarted>(run).front().child_run_id).value();
  };
  auto const inner = child_of(child_of(outer));
  world.until_logged(inner, "approval_requested");
  auto const other = world.submit("{'name':'other','concurrency':{'group':'g'},'steps':[{'id':'a','run':'true'}]}");
  world.restart(std::chrono::seconds(10));
  CHECK(await(world.store().run(other)).value().status == RunStatus::pending);
  await(world.executor().approve(inner, "ask", true, "tests", {})).value();
  CHECK(world.until_ended(outer) == RunStatus::succeeded);
  CHECK(world.until_ended(other) == RunStatus::succeeded);
}
