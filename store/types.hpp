#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "model/event.hpp"
#include "model/scope.hpp"
#include "model/segment.hpp"
#include "model/status.hpp"

// What goes into the store and what comes out of it, as plain values.
namespace runcast {

// The log of what belongs to no run (workers, machines) is addressed by the nil id. It is always there and never ends.
inline RunId const system_log{};

struct NewRun {
  RunId id;
  std::string workflow;
  int version = 1;
  std::string definition_json;  // stored once however many runs share it
  std::string inputs_json = "{}";
  std::string started_by;
  std::string parent_run;   // empty: nobody's child
  std::string parent_step;  // the step of the parent that started it
  bool begins = false;      // its run_start follows in the same transaction, at the same time
};

struct RunRow {
  RunId id;
  std::string workflow;
  int version = 1;
  RunStatus status = RunStatus::pending;
  std::string started_by;
  Timestamp created{};
  std::optional<Timestamp> started;   // of run_start
  std::optional<Timestamp> ended;     // of run_complete
  std::uint64_t first_seq = 1;        // the oldest event that is still stored
  std::uint64_t last_seq = 0;         // 0: no event yet
  std::string error;                  // of run_complete
  std::optional<Timestamp> imported;  // when it came here in a bundle; absent: it ran here
  std::string parent_run;
  std::string parent_step;
  std::string owner;             // the node that drives the run; empty: the only one
  std::uint64_t generation = 0;  // grows each time the owner changes
};

struct RunDocument {
  std::string definition_json;
  std::string inputs_json;
};

struct RunQuery {
  std::string workflow;             // empty: any
  std::optional<RunStatus> status;  // absent: any
  std::optional<Timestamp> since;   // created at or after
  std::optional<Timestamp> until;   // created before
  std::size_t limit = 50;
  std::string cursor;  // a page's next_cursor; empty: the newest
};

struct RunPage {
  std::vector<RunRow> items;  // newest first
  std::optional<std::string> next_cursor;
};

// A stretch of a log as ready frames.
struct SegmentPage {
  std::shared_ptr<Segment const> segment;  // empty: there is nothing after that seq
  bool at_end = false;                     // the log had no more; else a bound ended the page
};

// A stored event with its text, for readers that pass it on.
struct StoredEvent {
  RunId run;  // nil: the system log
  std::uint64_t seq = 0;
  std::uint64_t id = 0;
  EventType type = EventType::other;
  std::string json;
};

enum class LogForm : std::uint8_t {
  item,  // the JSON text {"seq":…,"stepId":…,"level":…,"message":…,"timestamp":…}
  line,  // the bare message
};

struct LogQuery {
  RunId run;
  std::string step;                     // empty: any
  Level level = Level::debug;           // this one and above
  std::string text;                     // a literal part of the message, case-sensitive; empty: any
  std::uint64_t after = 0;              // seq greater than this
  std::optional<std::uint64_t> before;  // seq less than this
  std::optional<std::size_t> tail;      // the last so many that match, instead of the first `limit`
  std::size_t limit = 50;
  LogForm form = LogForm::item;
};

struct LogLine {
  std::uint64_t seq = 0;
  std::string text;  // in the form that was asked for
};

struct LogPage {
  std::vector<LogLine> items;               // in seq order
  std::optional<std::uint64_t> next_after;  // `after` of the next page; absent: all was searched, or it is a tail
};

struct LastRun {
  RunId id;
  RunStatus status = RunStatus::pending;
  Timestamp created{};
};

struct WorkflowRow {
  std::string name;
  int version = 1;
  std::string definition_json;
  Timestamp created{};              // of the first version
  Timestamp updated{};              // of this version
  std::optional<LastRun> last_run;  // the newest of this name, whatever its version
};

struct WorkflowPage {
  std::vector<WorkflowRow> items;  // the latest versions, by name; fewer than asked for where they are large
  std::optional<std::string> next_cursor;
};

// What came of a request with an idempotency key.
struct StoredAnswer {
  int status = 0;  // as the caller counts them; opaque here
  std::string body;
};

// What is known of a token; the token itself is known to whoever was given it, and nowhere else.
struct TokenRow {
  std::string id;
  std::string name;  // unique among those that are not revoked
  std::string hash;  // SHA-256 of the token, hexadecimal
  Scopes scopes;
  Timestamp created{};
  std::optional<Timestamp> expires;
  std::optional<Timestamp> revoked;

  bool holds(Timestamp now) const { return !revoked && (!expires || now < *expires); }
};

}  // namespace runcast
