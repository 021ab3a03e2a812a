#include <catch2/catch.hpp>

#include <boost/json/parse.hpp>

#include "feed/render.hpp"
#include "feed/state_json.hpp"
#include "tests/feed/event_maker.hpp"
#include "tests/feed/monitor_replica.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

namespace json = boost::json;

json::object snapshot_of(SystemState const& state, std::uint64_t id) {
  return json::parse(full_state_snapshot(state, id, Timestamp{})).as_object();
}

void tell(MonitorReplica& replica, SystemState const& state, Event const& event) {
  for (auto const& message : monitor_messages(event)) replica.take(json::parse(message.json).as_object());
  replica.take(json::parse(system_stats(state.stats(), event.id, event.time)).as_object());
}

events::JobMark job_mark(std::optional<JobStatus> was, std::string worker = "") {
  return {"01ARZ3NDEKTSV4RRFFQ69G5FAV", "render", 3, was, std::move(worker)};
}

RunId const a_run = *RunId::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");

}  // namespace

TEST_CASE("a snapshot and the messages after it come to the later snapshot, from whatever point on") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    EventMaker maker(seed);
    SystemState state;
    std::uint64_t id = 0;
    for (std::size_t i = seed * 3; i > 0; --i) {
      auto const event = maker.next();
      state.apply(event);
      id = event.id;
    }
    MonitorReplica replica;
    replica.take(snapshot_of(state, id));
    for (int i = 0; i < 80; ++i) {  // few enough that no ended job is pushed out of the snapshot's lists
      auto const event = maker.next();
      state.apply(event);
      tell(replica, state, event);
      id = event.id;
    }
    MonitorReplica later;
    later.take(snapshot_of(state, id));
    INFO("seed " << seed);
    REQUIRE(replica.picture() == later.picture());
    REQUIRE(replica.event_id() == id);
  }
}

TEST_CASE("the stats are what counting all jobs would give") {
  EventMaker maker(7);
  SystemState state;
  std::uint64_t submitted = 0;
  for (int i = 0; i < 400; ++i) {
    auto const event = maker.next();
    submitted += event.type == EventType::job_submitted ? 1 : 0;
    state.apply(event);
    std::array<std::uint64_t, 6> live{};
    for (auto const& [id, job] : state.live_jobs()) ++live[static_cast<std::size_t>(job.status)];
    for (auto const status : {JobStatus::pending, JobStatus::assigned, JobStatus::active}) {
      REQUIRE(state.stats().with(status) == live[static_cast<std::size_t>(status)]);
    }
    REQUIRE(state.stats().total_jobs() == submitted);
  }
}

TEST_CASE("the newest hundred jobs of each end are kept, the oldest of them first") {
  EventMaker maker(3);
  SystemState state;
  for (int i = 0; i < 150; ++i) {
    auto const run = RunId(UlidSource(static_cast<std::uint64_t>(i)).next(from_epoch_ms(1'000'000 + i)));
    events::JobMark mark{run.str(), "t", i, std::nullopt, ""};
    state.apply(maker.make(events::JobSubmitted{"job", 1, "n", {}, "api", mark}, run));
    mark.was = JobStatus::pending;
    events::StepComplete ended;
    ended.step_id = "job";
    ended.job = mark;
    state.apply(maker.make(std::move(ended), run));
  }
  auto const& completed = state.ended_jobs(JobStatus::completed);
  REQUIRE(completed.size() == 100);
  CHECK(completed.front().priority == 50);
  CHECK(completed.back().priority == 149);
  CHECK(state.stats().with(JobStatus::completed) == 150);
}

TEST_CASE("a job has its newest hundred lines, cut where they are long, each once") {
  EventMaker maker(1);
  SystemState state;
  state.apply(maker.make(events::JobSubmitted{"job", 1, "n", {}, "api", job_mark(std::nullopt)}, a_run));
  CHECK(state.has_jobs_of(a_run));
  for (std::uint64_t seq = 1; seq <= 120; ++seq) {
    REQUIRE(state.add_log(a_run, "job", seq, std::to_string(seq)));
  }
  CHECK_FALSE(state.add_log(a_run, "job", 120, "again"));
  CHECK_FALSE(state.add_log(a_run, "another", 121, "not of the job"));
  auto const& job = *state.find_job(a_run.str());
  REQUIRE(job.logs.size() == 100);
  CHECK(job.logs.front() == "21");
  REQUIRE(state.add_log(a_run, "job", 122, std::string(5000, 'x')));
  CHECK(job.logs.back().size() == SystemState::longest_line);
}

TEST_CASE("a job that is given back waits as if nobody had had it") {
  EventMaker maker(1);
  SystemState state;
  state.apply(maker.make(events::JobSubmitted{"job", 1, "n", {}, "api", job_mark(std::nullopt)}, a_run));
  state.apply(maker.make(events::JobAssigned{"job", 1, "w", "m", job_mark(JobStatus::pending)}, a_run));
  state.apply(maker.make(events::JobStarted{"job", "w", job_mark(JobStatus::assigned, "w")}, a_run));
  state.apply(maker.make(events::StepProgress{"job", 0.5, "half", job_mark(JobStatus::active, "w")}, a_run));
  auto const* job = state.find_job(a_run.str());
  CHECK(job->progress == 0.5);
  CHECK(job->worker == "w");
  state.apply(
      maker.make(events::StepRetry{"job", 1, Millis(0), "interrupted", {}, job_mark(JobStatus::active, "w")}, a_run));
  state.apply(maker.make(events::JobSubmitted{"job", 2, "n", {}, "api", job_mark(JobStatus::pending)}, a_run));
  CHECK(job->status == JobStatus::pending);
  CHECK(job->worker.empty());
  CHECK(job->progress == 0);
  CHECK(job->attempt == 2);
  CHECK_FALSE(job->assigned);
  CHECK(state.stats().with(JobStatus::pending) == 1);
  CHECK(state.stats().total_jobs() == 1);
}
