#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "model/segment.hpp"
#include "model/status.hpp"

// Everything that can happen in a run. The log of these is the truth; all else is a view of it.
// The names and fields on the wire are those of the structs, in camelCase; see docs/api.md.
namespace runcast {

namespace events {

struct RunStart {
  std::string workflow;
  int version = 1;  // of the stored definition; 1 for a definition sent along with the run
  boost::json::object inputs;
  std::vector<std::vector<std::string>> layers;
  std::string started_by;  // "api", "schedule …", "webhook …", "run ID", a token's name
};

struct StepStart {
  std::string step_id;
  std::string name;
  StepKind kind = StepKind::run;
  int layer = 0;    // from 0
  int attempt = 1;  // from 1
  std::optional<boost::json::object> matrix;
};

struct StepLog {
  std::string step_id;
  Level level = Level::info;
  std::string message;  // valid UTF-8, without its line end
  bool truncated = false;
};

struct StepProgress {
  std::string step_id;
  double progress = 0;  // 0 to 1
  std::optional<std::string> text;
};

struct StepRetry {
  std::string step_id;
  int attempt = 1;  // the one that ended
  Millis delay{};
  std::string reason;  // failed, timeout, interrupted
  std::optional<std::string> error;
};

struct StepComplete {
  std::string step_id;
  StepStatus status = StepStatus::succeeded;
  int attempt = 0;  // 0: it never started
  Millis duration{};
  std::optional<int> exit_code;
  std::optional<std::string> signal;  // "SIGKILL"
  std::optional<std::string> error;
  std::optional<boost::json::object> outputs;
};

// Somebody asked for the run, or for one of its steps, to be cancelled.
struct CancelRequested {
  std::optional<std::string> step_id;
  std::string by;
  std::string reason;
};

struct ApprovalRequested {
  std::string step_id;
  std::string message;
};

struct ApprovalDecided {
  std::string step_id;
  bool approved = false;
  std::string by;
  std::optional<std::string> comment;
};

struct ChildStarted {
  std::string step_id;
  std::string child_run_id;
};

// The instances that a matrix step came to, once its values were known.
struct MatrixExpanded {
  std::string step_id;
  std::vector<boost::json::object> instances;
};

struct RunComplete {
  RunStatus status = RunStatus::succeeded;
  Millis duration{};
  std::optional<std::string> error;
  // `lastSeq`, its own seq, is put in by the log.
};

}  // namespace events

using EventPayload =
    std::variant<events::RunStart, events::StepStart, events::StepLog, events::StepProgress, events::StepRetry,
                 events::StepComplete, events::CancelRequested, events::ApprovalRequested, events::ApprovalDecided,
                 events::ChildStarted, events::MatrixExpanded, events::RunComplete>;

// The alternatives of EventPayload in their order; `other` is what a newer version, or the queue, has written.
enum class EventType : std::uint8_t {
  run_start,
  step_start,
  step_log,
  step_progress,
  step_retry,
  step_complete,
  cancel_requested,
  approval_requested,
  approval_decided,
  child_started,
  matrix_expanded,
  run_complete,
  other,
};

std::string_view to_string(EventType type);
EventType event_type_from(std::string_view name);  // `other` for a name it does not know

// An event on its way into the log: all but what the log assigns (seq, id). The payload is encoded already, by the
// thread that made it, so that the log's writer only puts the pieces together.
struct EventDraft {
  EventType type = EventType::other;
  std::string type_name;       // the wire name; empty: to_string(type)
  std::optional<Level> level;  // step_log alone has one
  std::string step_id;         // empty where the event belongs to no step
  Timestamp time{};
  std::string payload;  // a JSON object's text
};

// One event as it was logged.
struct Event {
  RunId run;
  std::uint64_t seq = 0;
  std::uint64_t id = 0;
  Timestamp time{};
  EventType type = EventType::other;
  EventPayload payload;  // meaningless where type is `other`
};

// The one codec. The same payload gives the same bytes, always.
EventDraft encode(EventPayload const& payload, Timestamp time);

// The fast path of encode() for a log line, without a copy of its text.
EventDraft encode_log(std::string_view step_id, Level level, std::string_view message, bool truncated, Timestamp time);

// Appends the event's whole JSON text, and describes it for Segment::append(). Where the draft is a run_complete,
// `lastSeq` becomes `seq`. An empty `run` (the system's log) leaves `runId` out.
FrameInfo append_event_json(std::string& out, EventDraft const& draft, RunId const& run, std::uint64_t seq,
                            std::uint64_t id);

// The same description for a text that comes back from storage, with what its row says beside it.
FrameInfo describe_event_json(std::string_view json, std::uint64_t seq, EventType type, std::optional<Level> level,
                              std::string_view step_id);

// Nothing follows this event in its log.
inline bool is_last_of_log(FrameInfo const& frame) {
  return frame.type == static_cast<std::uint8_t>(EventType::run_complete);
}

// Reads what append_event_json() wrote. A type that it does not know is an event of type `other`.
Result<Event> decode_event(std::string_view json);

// The JSON members of a payload, as on the wire.
boost::json::object to_json(EventPayload const& payload);

}  // namespace runcast
