#include <catch2/catch.hpp>

#include "tests/executor/play.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<Plan const> lone_job(std::string const& more = "") {
  return plan_of_steps(
      "{'id':'job','name':'Draw',"
      "'job':{'type':'render','priority':5,'requirements':{'gpu':true}}" +
      more + "}");
}

void assign(Play& play, std::string const& step) {
  play.act([&](Decision& out) { play.scheduler.job_assigned(play.index(step), "w1", "m1", play.now, out); });
}
void start(Play& play, std::string const& step) {
  play.act([&](Decision& out) { play.scheduler.job_started(play.index(step), play.now, out); });
}
AttemptResult lost() { return {.outcome = Outcome::interrupted, .error = "worker w1 is silent"}; }

}  // namespace

TEST_CASE("a job is submitted with its step's start, and each event tells how it was before") {
  Play play(lone_job());
  play.begin();
  auto const& submitted = play.last<events::JobSubmitted>();
  CHECK(submitted.name == "Draw");
  CHECK(submitted.requirements == boost::json::object{{"gpu", true}});
  CHECK(submitted.job.id == some_run().str());
  CHECK(submitted.job.type == "render");
  CHECK(submitted.job.priority == 5);
  CHECK_FALSE(submitted.job.was);

  assign(play, "job");
  CHECK(play.last<events::JobAssigned>().job.was == JobStatus::pending);
  start(play, "job");
  CHECK(play.last<events::JobStarted>().job.was == JobStatus::assigned);
  CHECK(play.last<events::JobStarted>().worker_id == "w1");
  play.end("job", {.outputs = boost::json::object{{"n", 1}}});
  auto const& end = play.last<events::StepComplete>();
  REQUIRE(end.job);
  CHECK(end.job->was == JobStatus::active);
  CHECK(end.job->worker_id == "w1");
  CHECK(play.run_status() == RunStatus::succeeded);
}

TEST_CASE("a job of a workflow is named by its run and its step") {
  Play play(plan_of_steps("{'id':'a','job':{'type':'t'}},{'id':'m','job':{'type':'t'},'matrix':{'x':[1,2]}}"));
  play.begin();
  CHECK(play.last<events::JobSubmitted>().job.id == some_run().str() + ".m[1]");
}

TEST_CASE("a job that its worker lost waits for another, and that does not count against maxAttempts") {
  Play play(lone_job());
  play.begin();
  assign(play, "job");
  play.end("job", lost());
  auto const& retry = play.last<events::StepRetry>();
  CHECK(retry.reason == "interrupted");
  CHECK(retry.job->was == JobStatus::assigned);
  CHECK(play.last<events::JobSubmitted>().attempt == 2);
  CHECK(play.last<events::JobSubmitted>().job.was == JobStatus::pending);
}

TEST_CASE("a job that is lost too often has failed, and says why") {
  Play play(lone_job(), {.job_losses = 2});
  play.begin();
  for (int i = 0; i < 3; ++i) {
    assign(play, "job");
    play.end("job", lost());
  }
  CHECK(play.run_status() == RunStatus::failed);
  CHECK(play.last<events::StepComplete>().error == "lost 3 times, the last time: worker w1 is silent");
}

TEST_CASE("a failure that the worker calls final is not tried again") {
  Play play(lone_job(",'retry':{'maxAttempts':3}"));
  play.begin();
  assign(play, "job");
  play.fail("job");
  CHECK(play.status("job") == StepStatus::running);
  assign(play, "job");
  play.end("job", {.outcome = Outcome::failed, .error = "no such scene", .retryable = false});
  CHECK(play.status("job") == StepStatus::failed);
}

TEST_CASE("a restart takes a job up as it stands") {
  Play play(lone_job());
  play.begin();
  assign(play, "job");
  auto const logged = play.log.size();
  play.restart();
  CHECK(play.log.size() == logged);
  CHECK(play.active.size() == 1);
  CHECK(play.scheduler.state().step(0).job->worker == "w1");
}

TEST_CASE("a job that was being cancelled when the server ended is cancelled at the restart") {
  Play play(lone_job());
  play.begin();
  assign(play, "job");
  play.cancel();
  CHECK(play.told_to_end == Ids{"job"});
  CHECK_FALSE(play.scheduler.has_job(0, 1));
  play.restart();
  CHECK(play.run_status() == RunStatus::cancelled);
  CHECK(play.last<events::StepComplete>().job->worker_id == "w1");
}
