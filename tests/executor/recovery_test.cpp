#include <catch2/catch.hpp>

#include "executor/replay.hpp"
#include "tests/executor/play.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

TEST_CASE("an attempt that was cut off is made again, and does not count") {
  Play play(plan_of_steps("{'id':'a','run':'true','retry':{'maxAttempts':2}}"));
  play.begin().restart();
  CHECK(play.last<events::StepRetry>().reason == "interrupted");
  CHECK(play.last<events::StepRetry>().attempt == 1);
  CHECK(play.started == Ids{"a"});
  CHECK(play.attempt("a") == 2);
  play.fail("a");
  CHECK(play.attempt("a") == 3);
  play.fail("a");
  CHECK(play.status("a") == StepStatus::failed);
}

TEST_CASE("with onInterrupt: fail an attempt that was cut off has failed") {
  Play play(plan_of_steps("{'id':'a','run':'true','onInterrupt':'fail'},{'id':'b','needs':['a'],'run':'true'}"));
  play.begin().restart();
  CHECK(play.status("a") == StepStatus::failed);
  CHECK(play.last<events::RunComplete>().status == RunStatus::failed);
  CHECK_FALSE(replay(some_run(), play.plan, play.log));
}

TEST_CASE("steps that ended stay ended, and what waits goes on") {
  Play play(
      plan_of_steps("{'id':'a','run':'true'},{'id':'b','needs':['a'],'delay':'1h'},"
                    "{'id':'c','needs':['a'],'approval':{'message':'?'}},{'id':'d','needs':['b','c'],'run':'true'}"));
  play.begin().end("a");
  auto const stored = play.log.size();
  play.now += 50min;
  play.restart();
  CHECK(play.log.size() == stored);
  CHECK(play.scheduler.next_due() == play.now + 10min);
  play.approve("c", true).pass(10min);
  CHECK(play.started == Ids{"d"});
}

TEST_CASE("a delay that ended while the server was down ends at once") {
  Play play(plan_of_steps("{'id':'a','delay':'1h'}"));
  play.begin();
  play.now += 2h;
  play.restart().pass(0ms);
  CHECK(play.run_status() == RunStatus::succeeded);
}

TEST_CASE("a retry keeps its time through a restart") {
  Play play(plan_of_steps("{'id':'a','run':'true','retry':{'maxAttempts':2,'delay':'1m'}}"));
  play.begin().fail("a");
  play.now += 20s;
  play.restart();
  CHECK(play.started.empty());
  CHECK(play.scheduler.next_due() == play.now + 40s);
}

TEST_CASE("a child run is taken up again, not started twice") {
  Play play(plan_of_steps("{'id':'a','workflow':{'name':'other'}}"));
  play.begin();
  auto const child = RunId::parse("01KAH0000000000000000000ZZ").value();
  play.act([&](Decision& out) { play.scheduler.child_started(0, child, play.now, out); });
  play.restart();
  CHECK(play.started.empty());
  CHECK(play.active.contains(0));
  CHECK(*play.scheduler.state().step(0).child == child);
  play.end("a");
  CHECK(play.run_status() == RunStatus::succeeded);
}

TEST_CASE("a stop that was asked for before the crash holds after it") {
  Play play(plan_of_steps("{'id':'a','run':'true'},{'id':'b','run':'true','if':'always'}"));
  play.begin().cancel().restart();
  CHECK(play.status("a") == StepStatus::cancelled);
  CHECK(play.started == Ids{"b"});
  play.end("b");
  CHECK(play.run_status() == RunStatus::cancelled);
}

TEST_CASE("a replay finds where a log departs from the rules") {
  Play play(plan_of_steps("{'id':'a','run':'true'},{'id':'b','needs':['a'],'run':'true'}"));
  play.begin().end("a").end("b");
  CHECK_FALSE(replay(some_run(), play.plan, play.log));
  SECTION("another decision") {
    std::get<events::StepStart>(play.log[3].payload).attempt = 7;
    auto const difference = replay(some_run(), play.plan, play.log);
    REQUIRE(difference);
    CHECK(difference->seq == 4);
    CHECK(difference->decided.find("\"attempt\":1") != std::string::npos);
    CHECK(difference->logged.find("\"attempt\":7") != std::string::npos);
  }
  SECTION("a step that started before its turn") {
    std::swap(play.log[2], play.log[3]);
    CHECK(replay(some_run(), play.plan, play.log)->seq == play.log[2].seq);
  }
  SECTION("an end that is missing") {
    play.log.pop_back();
    CHECK(replay(some_run(), play.plan, play.log)->logged.empty());
  }
}
