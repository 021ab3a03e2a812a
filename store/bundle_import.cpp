#include "store/bundle_import.hpp"

#include <boost/json/serialize.hpp>

#include "store/connection.hpp"
#include "store/event_log.hpp"

namespace runcast {
namespace {

// Ids that this server gives are positive; imported events have their own below zero, each once.
Result<std::int64_t> lowest_id(Connection& connection) {
  auto row = connection.query("SELECT min(id) FROM events WHERE level IS NULL");
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  return *there && !(*row)->is_null(0) ? std::min<std::int64_t>((*row)->integer(0), 0) : 0;
}

NewRun row_of(Bundle const& bundle) {
  return {bundle.run,
          bundle.workflow.name,
          bundle.start.version,
          bundle.definition_json,
          boost::json::serialize(bundle.start.inputs),
          bundle.start.started_by,
          bundle.parent_run,
          bundle.parent_step};
}

Result<void> add_events(Connection& connection, Bundle const& bundle, std::int64_t run_no) {
  auto const lowest = lowest_id(connection);
  if (!lowest) return lowest.error();
  auto id = *lowest - static_cast<std::int64_t>(bundle.lines.size());
  std::uint64_t seq = 0;
  for (auto const& line : bundle.lines) {
    auto const step = line.step_id.empty() ? std::nullopt : std::optional<std::string_view>(line.step_id);
    auto const level = line.level ? std::optional(static_cast<int>(*line.level)) : std::nullopt;
    auto done = connection.run(
        "INSERT INTO events (pos, id, type, step, level, time, json) VALUES (?, ?, ?, ?, ?, ?, ?)",
        position_of(run_no, ++seq), id++, std::string_view(line.type), step, level, line.time, line.json);
    if (!done) return done;
  }
  return {};
}

}  // namespace

WriteOp import_of(Bundle const& bundle, Timestamp now) {
  return [&bundle, now](WriteTx& tx) -> Result<void> {
    if (auto made = tx.create_run(row_of(bundle), bundle.created); !made) return made;
    auto& connection = tx.connection();
    auto const run_no = connection.last_rowid();
    auto const status = to_string(bundle.end.status);
    auto const error = bundle.end.error.value_or("");
    auto done = connection.run(
        "UPDATE runs SET status = ?, started = ?, ended = ?, error = ?, imported = ? WHERE run_no = ?", status,
        bundle.lines.front().time, bundle.lines.back().time, std::string_view(error), now, run_no);
    if (!done) return done;
    tx.events_written(bundle.run);
    return add_events(connection, bundle, run_no);
  };
}

}  // namespace runcast
