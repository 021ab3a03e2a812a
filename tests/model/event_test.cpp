#include <catch2/catch.hpp>

#include "model/event.hpp"

using namespace runcast;

namespace {

Timestamp const noon = from_epoch_ms(1'763'682'352'123);
RunId const run_id = RunId::parse("01JD5Q6R7S8T9VAWBXCYDZEF01").value();

std::string json_of(EventPayload const& payload, std::uint64_t seq = 17, std::uint64_t id = 90'211) {
  std::string json;
  append_event_json(json, encode(payload, noon), run_id, seq, id);
  return json;
}

std::string head(std::string_view type) {
  return "{\"type\":\"" + std::string(type) +
         R"(","runId":"01JD5Q6R7S8T9VAWBXCYDZEF01","seq":17,"id":90211,"timestamp":1763682352123,"payload":)";
}

// One of each kind, with all that is optional.
std::vector<EventPayload> full_payloads() {
  events::JobMark const mark{"01J.render", "render", 5, JobStatus::active, "w1"};
  return {
      events::RunStart{"release", 3, {{"version", "1.0"}}, {{"build"}, {"unit", "hook"}}, "api"},
      events::StepStart{"build[1]", "Build", StepKind::http, 2, 4, boost::json::object{{"part", 2}}},
      events::StepLog{"build", Level::warn, "hello", true},
      events::StepProgress{"build", 0.42, "nearly", mark},
      events::StepRetry{"build", 2, Millis{1500}, "timeout", "took too long", mark},
      events::StepComplete{"build",
                           StepStatus::failed,
                           3,
                           Millis{250},
                           7,
                           "SIGKILL",
                           "broke",
                           boost::json::object{{"name", "value"}},
                           {}},
      events::CancelRequested{"build", "api", "changed my mind"},
      events::ApprovalRequested{"gate", "Ship it?"},
      events::ApprovalDecided{"gate", true, "ann", "fine"},
      events::ChildStarted{"child", "01JD5Q6R7S8T9VAWBXCYDZEF02"},
      events::MatrixExpanded{"shards", {{{"part", 1}}, {{"part", 2}}}},
      events::JobSubmitted{"render", 1, "Render", {{"gpu", true}}, "api", {"01J.render", "render", 5, {}, {}}},
      events::JobAssigned{"render", 1, "w1", "m1", mark},
      events::JobStarted{"render", "w1", mark},
      events::RunComplete{RunStatus::failed, Millis{9000}, "a step failed"},
      events::MachineRegistered{"m1", "host"},
      events::MachineDisconnected{"m1", "silent"},
      events::MachineStatusChanged{"m1", MachineStatus::online, MachineStatus::offline},
      events::WorkerConnected{"w1", "m1", WorkerStatus::idle, {{"gpu", true}}, {"render"}, 4, noon},
      events::WorkerDisconnected{"w1", "m1", "silent"},
      events::WorkerStatusChanged{"w1", WorkerStatus::idle, WorkerStatus::busy, "01J.render"},
  };
}

}  // namespace

TEST_CASE("an event's text has its members in one order") {
  CHECK(json_of(events::StepLog{"build", Level::info, "hello"}) ==
        head("step_log") + R"({"stepId":"build","level":"info","message":"hello","timestamp":1763682352123}})");
  CHECK(json_of(events::StepStart{"build", "Build", StepKind::run, 0, 1, {}}) ==
        head("step_start") + R"({"stepId":"build","name":"Build","kind":"run","layer":0,"attempt":1}})");
  CHECK(json_of(events::StepProgress{"build", 0.42, "nearly", {}}) ==
        head("step_progress") + R"({"stepId":"build","progress":0.42,"text":"nearly"}})");
  CHECK(json_of(events::RunStart{"w", 1, {}, {{"a"}, {"b", "c"}}, "api"}) ==
        head("run_start") +
            R"({"workflow":"w","version":1,"inputs":{},"layers":[["a"],["b","c"]],"startedBy":"api"}})");
  CHECK(json_of(events::StepRetry{"build", 1, Millis{1500}, "failed", {}, {}}) ==
        head("step_retry") + R"({"stepId":"build","attempt":1,"delayMs":1500,"reason":"failed"}})");
}

TEST_CASE("what is absent is left out, what is there is written") {
  CHECK(json_of(events::StepComplete{"a", StepStatus::skipped, 0, Millis{}, {}, {}, {}, {}, {}}) ==
        head("step_complete") + R"({"stepId":"a","status":"skipped","attempt":0,"durationMs":0}})");
  CHECK(json_of(full_payloads()[5]) ==
        head("step_complete") + R"({"stepId":"build","status":"failed","attempt":3,"durationMs":250,"exitCode":7,)"
                                R"("signal":"SIGKILL","error":"broke","outputs":{"name":"value"}}})");
}

TEST_CASE("a job's events carry the job as it was before") {
  CHECK(json_of(events::JobAssigned{"render", 2, "w1", "", {"01J.render", "render", 5, JobStatus::pending, {}}}) ==
        head("job_assigned") + R"({"stepId":"render","attempt":2,"workerId":"w1",)"
                               R"("job":{"id":"01J.render","type":"render","priority":5,"was":"pending"}}})");
}

TEST_CASE("a run's last event tells its own seq") {
  CHECK(json_of(events::RunComplete{RunStatus::succeeded, Millis{12}, {}}) ==
        head("run_complete") + R"({"status":"succeeded","durationMs":12,"lastSeq":17}})");
}

TEST_CASE("an event of the system's log belongs to no run") {
  std::string json;
  append_event_json(json, encode(events::StepLog{"a", Level::info, "x"}, noon), RunId{}, 1, 2);
  CHECK(json.starts_with(R"({"type":"step_log","seq":1,"id":2,)"));
}

TEST_CASE("texts are escaped as JSON asks, and UTF-8 stays as it is") {
  auto const json =
      json_of(events::StepLog{"a", Level::info, "\"\\\n\t\x01\x7F \xE2\x82\xAC \xF0\x9F\x98\x80 </script>"});
  auto const event = decode_event(json);
  REQUIRE(event.has_value());
  CHECK(std::get<events::StepLog>(event->payload).message ==
        "\"\\\n\t\x01\x7F \xE2\x82\xAC \xF0\x9F\x98\x80 </script>");
  CHECK(json.find('\n') == std::string::npos);
  CHECK(json.find("\xE2\x82\xAC") != std::string::npos);
}

TEST_CASE("every kind of event reads back as it was written, and is written the same again") {
  for (auto const& payload : full_payloads()) {
    auto const json = json_of(payload);
    INFO(json);
    auto const event = decode_event(json);
    REQUIRE(event.has_value());
    CHECK(event->run == run_id);
    CHECK(event->seq == 17);
    CHECK(event->id == 90'211);
    CHECK(event->time == noon);
    CHECK(event->type == static_cast<EventType>(payload.index()));
    CHECK(event->payload.index() == payload.index());
    CHECK(json_of(event->payload) == json);
  }
}

TEST_CASE("a draft holds what its text says as a value, too, unless it is a log line") {
  for (auto const& payload : full_payloads()) {
    auto const draft = encode(payload, noon);
    INFO(draft.payload);
    REQUIRE((draft.value == nullptr) == (draft.type == EventType::step_log));
    if (draft.value) CHECK(json_of(*draft.value) == json_of(payload));
  }
}

TEST_CASE("the short way of a log line gives the same bytes as the general one") {
  auto const quick = encode_log("build", Level::error, "text", true, noon);
  auto const general = encode(events::StepLog{"build", Level::error, "text", true}, noon);
  CHECK(quick.payload == general.payload);
  CHECK(quick.level == general.level);
  CHECK(quick.step_id == general.step_id);
}

TEST_CASE("an event is described alike when it is written and when it comes back from storage") {
  for (auto const& payload : full_payloads()) {
    auto const draft = encode(payload, noon);
    std::string json;
    auto const written = append_event_json(json, draft, run_id, 5, 6);
    auto const stored = describe_event_json(json, 5, draft.type, draft.level, draft.step_id);
    INFO(json);
    CHECK(written.position == 5);
    CHECK(written.position == stored.position);
    CHECK(written.type == stored.type);
    CHECK(written.level == stored.level);
    CHECK(written.step_begin == stored.step_begin);
    CHECK(written.step_size == stored.step_size);
    if (!draft.step_id.empty()) CHECK(json.substr(written.step_begin, written.step_size) == draft.step_id);
  }
}

TEST_CASE("the description counts from where the text begins, not from what stood before it") {
  std::string json = "something else";
  std::size_t const begin = json.size();
  auto const info = append_event_json(json, encode_log("build", Level::info, "x", false, noon), run_id, 1, 1);
  CHECK(json.substr(begin + info.step_begin, info.step_size) == "build");
}

TEST_CASE("a type that this version does not know is kept by its name, and read as another") {
  EventDraft draft;
  draft.type_name = "novelty";
  draft.time = noon;
  draft.payload = R"({"x":1})";
  std::string json;
  append_event_json(json, draft, run_id, 17, 90'211);
  CHECK(json == head("novelty") + R"({"x":1}})");
  auto const event = decode_event(json);
  REQUIRE(event.has_value());
  CHECK(event->type == EventType::other);
}

TEST_CASE("type names lead there and back") {
  for (int i = 0; i < static_cast<int>(EventType::other); ++i) {
    auto const type = static_cast<EventType>(i);
    CHECK(event_type_from(to_string(type)) == type);
  }
  CHECK(event_type_from("novelty") == EventType::other);
  CHECK(event_type_from("") == EventType::other);
}

TEST_CASE("only run_complete is the last of a log") {
  for (auto const& payload : full_payloads()) {
    std::string json;
    auto const info = append_event_json(json, encode(payload, noon), run_id, 1, 1);
    CHECK(is_last_of_log(info) == std::holds_alternative<events::RunComplete>(payload));
  }
}

TEST_CASE("a text that is no event is corrupt, and says so") {
  for (auto const* text : {"", "{", "[]", "{}", R"({"type":"step_log"})",
                           R"({"type":"step_log","seq":1,"id":1,"timestamp":1,"payload":{"stepId":"a"}})",
                           R"({"type":"step_log","seq":-1,"id":1,"timestamp":1,"payload":{}})",
                           R"({"type":"run_start","runId":"nonsense","seq":1,"id":1,"timestamp":1,"payload":{}})"}) {
    INFO(text);
    auto const event = decode_event(text);
    REQUIRE(event.has_error());
    CHECK(event.error().code == Errc::corrupt);
  }
}
