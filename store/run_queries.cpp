#include "store/queries.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "store/event_log.hpp"
#include "store/rows.hpp"

namespace runcast::queries {
namespace {

// A run's row with the first and last seq of its log, for read_run_row().
constexpr std::string_view select_runs =
    "SELECT id, workflow, version, status, started_by, created, started, ended, error, parent_run, parent_step, owner, "
    "generation, imported, "
    "(SELECT min(pos) FROM events WHERE pos BETWEEN run_no << 32 AND (run_no << 32) + 4294967295), "
    "(SELECT max(pos) FROM events WHERE pos BETWEEN run_no << 32 AND (run_no << 32) + 4294967295) FROM runs";

Result<RunRow> read_run_row(Statement const& row) {
  RunRow run;
  auto const id = RunId::parse(row.text(0));
  auto const status = run_status_from(row.text(3));
  if (!id || !status) return fail(Errc::corrupt, fmt::format("the row of run {} does not read", row.text(0)));
  run.id = *id;
  run.workflow = row.text(1);
  run.version = static_cast<int>(row.integer(2));
  run.status = *status;
  run.started_by = row.text(4);
  run.created = row.time(5);
  run.started = row.maybe_time(6);
  run.ended = row.maybe_time(7);
  run.error = row.text(8);
  run.parent_run = row.text(9);
  run.parent_step = row.text(10);
  run.owner = row.text(11);
  run.generation = row.natural(12);
  run.imported = row.maybe_time(13);
  run.first_seq = row.is_null(14) ? 1 : row.natural(14) & max_seq;
  run.last_seq = row.natural(15) & max_seq;
  return run;
}

Error no_run(RunId const& run) { return fail(Errc::not_found, fmt::format("there is no run {}", run.str())); }

}  // namespace

Result<std::int64_t> run_no(Connection& connection, RunId const& run) {
  if (run.empty()) return system_run_no;
  auto const id = run.str();
  auto row = connection.query("SELECT run_no FROM runs WHERE id = ?", std::string_view(id));
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (!*there) return no_run(run);
  return (*row)->integer(0);
}

Result<RunRow> run(Connection& connection, RunId const& run) {
  auto const id = run.str();
  auto row = connection.query(fmt::format("{} WHERE id = ?", select_runs), std::string_view(id));
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (!*there) return no_run(run);
  return read_run_row(**row);
}

Result<RunDocument> run_document(Connection& connection, RunId const& run) {
  auto const id = run.str();
  auto row = connection.query("SELECT json, inputs FROM runs JOIN definitions USING (definition_id) WHERE id = ?",
                              std::string_view(id));
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (!*there) return no_run(run);
  return RunDocument{(*row)->str(0), (*row)->str(1)};
}

Result<RunPage> runs(Connection& connection, RunQuery const& query) {
  if (!query.cursor.empty() && !RunId::parse(query.cursor)) {
    return fail(Errc::invalid, "the cursor is not one that a page of runs has given");
  }
  // Only the conditions that were asked for, so that SQLite can choose an index by them.
  auto sql = fmt::format("{} WHERE id < ?1", select_runs);
  if (!query.workflow.empty()) sql += " AND workflow = ?2";
  if (query.status) sql += " AND status = ?3";
  if (query.since) sql += " AND created >= ?4";
  if (query.until) sql += " AND created < ?5";
  sql += " ORDER BY id DESC LIMIT ?6";
  constexpr std::string_view past_every_id = "~";
  auto const status = query.status ? to_string(*query.status) : std::string_view();
  auto rows = connection.query(sql, query.cursor.empty() ? past_every_id : std::string_view(query.cursor),
                               std::string_view(query.workflow), status, query.since, query.until, query.limit + 1);
  RunPage page;
  auto const done = for_each(std::move(rows), [&](Statement const& row) -> Result<bool> {
    auto found = read_run_row(row);
    if (!found) return found.error();
    page.items.push_back(std::move(*found));
    return true;
  });
  if (!done) return done.error();
  cut(page, query.limit, [](RunRow const& run) { return run.id.str(); });
  return page;
}

Result<std::vector<RunId>> unfinished_runs(Connection& connection) {
  std::vector<RunId> found;
  auto rows = connection.query("SELECT id FROM runs WHERE status IN ('pending', 'running') ORDER BY id");
  auto const done = for_each(std::move(rows), [&](Statement const& row) -> Result<bool> {
    auto const id = RunId::parse(row.text(0));
    if (!id) return fail(Errc::corrupt, fmt::format("the run id {} does not read", row.text(0)));
    found.push_back(*id);
    return true;
  });
  if (!done) return done.error();
  return found;
}

}  // namespace runcast::queries
