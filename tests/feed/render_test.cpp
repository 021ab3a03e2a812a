#include <catch2/catch.hpp>

#include "feed/render.hpp"
#include "tests/feed/event_maker.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

std::string const job_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

Event event_of(EventPayload payload, std::string_view run = job_id) {
  Event event;
  if (!run.empty()) event.run = *RunId::parse(run);
  event.id = 17;
  event.seq = 3;
  event.time = from_epoch_ms(1'763'682'352'123);
  event.type = static_cast<EventType>(payload.index());
  event.payload = std::move(payload);
  return event;
}

events::JobMark mark(std::optional<JobStatus> was, std::string worker = "") {
  return {job_id, "comfyui", 5, was, std::move(worker)};
}

std::vector<std::string> texts(Event const& event) {
  std::vector<std::string> out;
  for (auto const& message : monitor_messages(event)) out.push_back(message.json);
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a submitted job is told to monitors with its data, and to its client as accepted") {
  auto const event = event_of(events::JobSubmitted{"job", 1, "Picture", {{"gpu", true}}, "api", mark(std::nullopt)});
  CHECK(texts(event) ==
        Texts{R"({"type":"job_submitted","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","job_data":{)"
              R"("id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","job_type":"comfyui","status":"pending","priority":5,)"
              R"("name":"Picture","requirements":{"gpu":true},"created_at":1763682352123},)"
              R"("timestamp":1763682352123,"event_id":17})"});
  CHECK(client_message(event)->json ==
        R"({"type":"job_accepted","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","status":"queued","timestamp":1763682352123})");
}

TEST_CASE("a job of a workflow's step names its run") {
  auto job = mark(std::nullopt);
  job.id += ".render";
  auto const told = texts(event_of(events::JobSubmitted{"render", 1, "n", {}, "api", job}));
  CHECK(told.at(0).find(R"("workflow_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV")") != std::string::npos);
}

TEST_CASE("an assigned job is told twice to monitors, under one event id") {
  auto const event = event_of(events::JobAssigned{"job", 1, "w1", "m1", mark(JobStatus::pending)});
  CHECK(texts(event) ==
        Texts{R"({"type":"job_assigned","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","worker_id":"w1","old_status":"pending",)"
              R"("new_status":"assigned","assigned_at":1763682352123,"timestamp":1763682352123,"event_id":17})",
              R"({"type":"job_status_changed","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","old_status":"pending",)"
              R"("new_status":"assigned","worker_id":"w1","timestamp":1763682352123,"event_id":17})"});
  CHECK(client_message(event)->json ==
        R"({"type":"job_assigned","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","worker_id":"w1","timestamp":1763682352123})");
}

TEST_CASE("progress has both of its names, and one for clients") {
  auto const event = event_of(events::StepProgress{"job", 0.25, "sampling", mark(JobStatus::active, "w1")});
  auto const told = texts(event);
  REQUIRE(told.size() == 2);
  CHECK(told[0] == R"({"type":"job_progress","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","worker_id":"w1",)"
                   R"("progress":0.25,"action":"sampling","timestamp":1763682352123,"event_id":17})");
  CHECK(told[1].starts_with(R"({"type":"update_job_progress",)"));
  CHECK(client_message(event)->json.starts_with(R"({"type":"update_job_progress",)"));
}

TEST_CASE("a completed job's result is bare for monitors and wrapped for clients") {
  events::StepComplete ended;
  ended.step_id = "job";
  ended.outputs = boost::json::object{{"url", "x"}};
  ended.job = mark(JobStatus::active, "w1");
  auto const told = texts(event_of(ended));
  REQUIRE(told.size() == 3);
  CHECK(told[0].find(R"("old_status":"active","new_status":"completed")") != std::string::npos);
  CHECK(told[1] == R"({"type":"job_completed","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","worker_id":"w1",)"
                   R"("result":{"url":"x"},"completed_at":1763682352123,"timestamp":1763682352123,"event_id":17})");
  CHECK(told[2] == R"({"type":"complete_job","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","worker_id":"w1",)"
                   R"("result":{"url":"x"},"timestamp":1763682352123,"event_id":17})");
  CHECK(client_message(event_of(ended))->json ==
        R"({"type":"complete_job","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","worker_id":"w1",)"
        R"("result":{"status":"success","data":{"url":"x"}},"timestamp":1763682352123})");
}

TEST_CASE("a failed job is job_failed for monitors and complete_job for clients") {
  events::StepComplete ended;
  ended.step_id = "job";
  ended.status = StepStatus::failed;
  ended.error = "out of memory";
  ended.job = mark(JobStatus::active, "w1");
  auto const told = texts(event_of(ended));
  REQUIRE(told.size() == 2);
  CHECK(told[1] == R"({"type":"job_failed","job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","worker_id":"w1",)"
                   R"("error":"out of memory","failed_at":1763682352123,"timestamp":1763682352123,"event_id":17})");
  CHECK(client_message(event_of(ended))->json.find(R"("result":{"status":"failed","error":"out of memory"})") !=
        std::string::npos);
}

TEST_CASE("a cancelled job changes its status, and has failed for its client") {
  events::StepComplete ended;
  ended.step_id = "job";
  ended.status = StepStatus::cancelled;
  ended.job = mark(JobStatus::pending);
  auto const told = texts(event_of(ended));
  REQUIRE(told.size() == 1);
  CHECK(told[0].find(R"("new_status":"cancelled")") != std::string::npos);
  CHECK(client_message(event_of(ended))->json.find(R"("error":"the job was cancelled")") != std::string::npos);
}

TEST_CASE("a job that comes back is pending again, told once") {
  auto const retry = event_of(events::StepRetry{"job", 1, Millis(0), "interrupted", {}, mark(JobStatus::active, "w1")});
  REQUIRE(texts(retry).size() == 1);
  CHECK(texts(retry)[0].find(R"("old_status":"active","new_status":"pending","worker_id":"w1")") != std::string::npos);
  CHECK(texts(event_of(events::JobSubmitted{"job", 2, "n", {}, "api", mark(JobStatus::pending)})).empty());
  CHECK_FALSE(client_message(retry));
}

TEST_CASE("workers and machines are told with the seed's types") {
  events::WorkerConnected connected{
      "w1", "m1", WorkerStatus::idle, {{"gpu", 2}}, {"a"}, 4, from_epoch_ms(1'763'682'352'123)};
  CHECK(texts(event_of(connected, "")) ==
        Texts{R"({"type":"worker_connected","worker_id":"w1","worker_data":{"id":"w1","status":"idle",)"
              R"("capabilities":{"gpu":2},"connected_at":"2025-11-20T23:45:52.123Z","machine_id":"m1",)"
              R"("job_types":["a"],"concurrency":4},"timestamp":1763682352123,"event_id":17})"});
  CHECK(texts(event_of(events::WorkerStatusChanged{"w1", WorkerStatus::idle, WorkerStatus::busy, job_id}, "")) ==
        Texts{R"({"type":"worker_status_changed","worker_id":"w1","old_status":"idle","new_status":"busy",)"
              R"("current_job_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","timestamp":1763682352123,"event_id":17})"});
  CHECK(texts(event_of(events::WorkerDisconnected{"w1", "m1", "gone"}, ""))
            .at(0)
            .starts_with(R"({"type":"worker_disconnected","worker_id":"w1",)"));
  CHECK(texts(event_of(events::MachineRegistered{"m1", "host"}, ""))
            .at(0)
            .starts_with(R"({"type":"machine_registered","machine_id":"m1",)"));
}

TEST_CASE("runs are told as they begin and end, their steps are not") {
  events::RunStart start;
  start.workflow = "release";
  CHECK(texts(event_of(start))
            .at(0)
            .starts_with(R"({"type":"run_start","run_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","workflow":"release",)"));
  CHECK(texts(event_of(events::RunComplete{})).at(0).find(R"("status":"succeeded")") != std::string::npos);
  CHECK(texts(event_of(events::StepStart{})).empty());
  CHECK(texts(event_of(events::StepComplete{})).empty());
  CHECK(texts(event_of(events::StepProgress{})).empty());
}

TEST_CASE("what is read back from the log is told in the same bytes") {
  EventMaker maker(5);
  for (int i = 0; i < 300; ++i) {
    auto const event = maker.next();
    std::string text;
    append_event_json(text, encode(event.payload, event.time), event.run, event.seq, event.id);
    auto const back = decode_event(text);
    REQUIRE(back.has_value());
    CHECK(texts(*back) == texts(event));
    auto const told = client_message(event);
    auto const again = client_message(*back);
    REQUIRE(told.has_value() == again.has_value());
    if (told) CHECK(told->json == again->json);
  }
}

TEST_CASE("topics and filters") {
  Facets const job{Topic::jobs, "render", "w1", 5, {}};
  Facets const progress{Topic::job_progress, "render", "w1", 5, {}};
  Facets const unclaimed{Topic::jobs, "render", "", 5, {}};
  Facets const worker{Topic::workers, "", "w1", 0, {}};
  auto const only = [](Topic topic) {
    Topics topics;
    topics.add(topic);
    return MonitorFilter{topics};
  };
  CHECK(only(Topic::jobs).passes(job));
  CHECK(only(Topic::jobs).passes(progress));
  CHECK(only(Topic::job_progress).passes(progress));
  CHECK_FALSE(only(Topic::job_progress).passes(job));
  CHECK_FALSE(only(Topic::job_status).passes(progress));
  CHECK_FALSE(only(Topic::workers).passes(job));
  MonitorFilter filter{Topics::all()};
  filter.job_types = {"other"};
  CHECK_FALSE(filter.passes(job));
  CHECK(filter.passes(worker));
  filter = {Topics::all()};
  filter.worker_ids = {"w2"};
  CHECK_FALSE(filter.passes(job));
  CHECK_FALSE(filter.passes(worker));
  CHECK(filter.passes(unclaimed));
  filter = {Topics::all()};
  filter.priority_range = {5, 5};
  CHECK(filter.passes(job));
  filter.priority_range = {6, 10};
  CHECK_FALSE(filter.passes(job));
  CHECK(filter.passes(worker));
}
