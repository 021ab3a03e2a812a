#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "model/event_payload.hpp"
#include "model/segment.hpp"
#include "model/status.hpp"

// Everything that can happen in a run. The log of these is the truth; all else is a view of it.
// The names and fields on the wire are those of the structs, in camelCase; see docs/api.md.
namespace runcast {

// The alternatives of EventPayload in their order; `other` is what a newer version has written.
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
  job_submitted,
  job_assigned,
  job_started,
  run_complete,
  machine_registered,
  machine_disconnected,
  machine_status_changed,
  worker_connected,
  worker_disconnected,
  worker_status_changed,
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
  std::string payload;                        // a JSON object's text
  std::shared_ptr<EventPayload const> value;  // the same, for readers in this process; null for a log line, and unknown
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
EventDraft encode(EventPayload payload, Timestamp time);

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
