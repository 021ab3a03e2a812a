#include "store/queries.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "store/event_log.hpp"
#include "store/rows.hpp"

namespace runcast::queries {
namespace {

std::optional<Level> level_at(Statement const& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<Level>(row.integer(column));
}

Result<std::vector<Event>> decoded(Result<Borrowed> rows) {
  std::vector<Event> events;
  auto const done = for_each(std::move(rows), [&](Statement const& row) -> Result<bool> {
    auto event = decode_event(row.text(0));
    if (!event) return event.error();
    events.push_back(std::move(*event));
    return true;
  });
  if (!done) return done.error();
  return events;
}

}  // namespace

Result<SegmentPage> segment(Connection& connection, RunId const& run, std::uint64_t after, std::size_t max_events,
                            std::size_t max_bytes) {
  auto const number = run_no(connection, run);
  if (!number) return number.error();
  std::shared_ptr<Segment> segment;
  bool at_end = true;
  auto rows = connection.query("SELECT pos, type, level, step, json FROM events WHERE pos BETWEEN ? AND ? ORDER BY pos",
                               position_of(*number, std::min(after, max_seq) + 1), position_of(*number, max_seq));
  auto const done = for_each(std::move(rows), [&](Statement const& row) {
    auto const json = row.text(4);
    if (!segment) {
      auto const capacity = std::max(max_bytes, json.size() + Segment::max_overhead);
      segment = std::make_shared<Segment>(Form::websocket, capacity);
    }
    at_end = segment->fits(json.size()) && segment->frames().size() < max_events;
    if (!at_end) return false;
    auto const seq = row.natural(0) & max_seq;
    segment->append(json, describe_event_json(json, seq, event_type_from(row.text(1)), level_at(row, 2), row.text(3)));
    return true;
  });
  if (!done) return done.error();
  if (!segment) segment = std::make_shared<Segment>(Form::websocket, 0);
  return SegmentPage{std::move(segment), at_end};
}

Result<std::vector<std::string>> events(Connection& connection, RunId const& run, std::uint64_t after,
                                        std::size_t limit, std::size_t max_bytes) {
  auto const number = run_no(connection, run);
  if (!number) return number.error();
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  auto rows =
      connection.query("SELECT json FROM events WHERE pos BETWEEN ? AND ? ORDER BY pos LIMIT ?",
                       position_of(*number, std::min(after, max_seq) + 1), position_of(*number, max_seq), limit);
  auto const done = for_each(std::move(rows), [&](Statement const& row) {
    texts.push_back(row.str(0));
    bytes += texts.back().size();
    return bytes < max_bytes;
  });
  if (!done) return done.error();
  return texts;
}

Result<std::vector<StoredEvent>> feed(Connection& connection, std::uint64_t after_id, std::size_t limit) {
  std::vector<StoredEvent> found;
  auto rows = connection.query(
      "SELECT runs.id, events.pos, events.id, events.type, events.json FROM events INDEXED BY events_by_id "
      "LEFT JOIN runs ON runs.run_no = events.pos >> 32 WHERE level IS NULL AND events.id > ? ORDER BY events.id "
      "LIMIT ?",
      after_id, limit);
  auto const done = for_each(std::move(rows), [&](Statement const& row) -> Result<bool> {
    StoredEvent event;
    if (!row.is_null(0)) {
      auto const run = RunId::parse(row.text(0));
      if (!run) return fail(Errc::corrupt, fmt::format("the run id {} does not read", row.text(0)));
      event.run = *run;
    }
    event.seq = row.natural(1) & max_seq;
    event.id = row.natural(2);
    event.type = event_type_from(row.text(3));
    event.json = row.text(4);
    found.push_back(std::move(event));
    return true;
  });
  if (!done) return done.error();
  return found;
}

Result<std::vector<Event>> lifecycle(Connection& connection, RunId const& run, std::uint64_t after, std::size_t limit) {
  auto const number = run_no(connection, run);
  if (!number) return number.error();
  return decoded(connection.query(
      "SELECT json FROM events INDEXED BY events_lifecycle WHERE level IS NULL AND pos BETWEEN ? AND ? "
      "AND type <> 'step_progress' ORDER BY pos LIMIT ?",
      position_of(*number, std::min(after, max_seq) + 1), position_of(*number, max_seq), limit));
}

Result<std::vector<Event>> progress(Connection& connection, RunId const& run, std::size_t limit) {
  auto const number = run_no(connection, run);
  if (!number) return number.error();
  auto events = decoded(connection.query(
      "SELECT json FROM events INDEXED BY events_lifecycle WHERE level IS NULL AND pos BETWEEN ? AND ? "
      "AND type = 'step_progress' ORDER BY pos DESC LIMIT ?",
      position_of(*number, 1), position_of(*number, max_seq), limit));
  if (events) std::ranges::reverse(*events);
  return events;
}

}  // namespace runcast::queries
