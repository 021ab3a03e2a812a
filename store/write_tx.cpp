#include "store/write_tx.hpp"

#include <chrono>

#include <fmt/format.h>

#include "store/connection.hpp"
#include "store/event_log.hpp"
#include "store/sha256.hpp"

namespace runcast {
namespace {

constexpr Millis answers_are_kept = std::chrono::hours(24);

// The row of this definition's text, made if it is a new one.
Result<std::int64_t> definition_id(Connection& connection, std::string_view json) {
  auto const hash = sha256_hex(json);
  auto row = connection.query("SELECT definition_id FROM definitions WHERE hash = ?", std::string_view(hash));
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (*there) return (*row)->integer(0);
  auto done = connection.run("INSERT INTO definitions (hash, json) VALUES (?, ?)", std::string_view(hash), json);
  if (!done) return done.error();
  return connection.last_rowid();
}

struct Known {
  int version = 0;  // 0: never heard of
  bool deleted = false;
};

Result<Known> known_workflow(Connection& connection, std::string_view name) {
  auto row = connection.query("SELECT version, deleted IS NOT NULL FROM workflows WHERE name = ?", name);
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (!*there) return Known{};
  return Known{static_cast<int>((*row)->integer(0)), (*row)->integer(1) != 0};
}

Error no_workflow(std::string_view name) { return fail(Errc::not_found, fmt::format("there is no workflow {}", name)); }

}  // namespace

Result<std::uint64_t> WriteTx::append(RunId const& run, EventDraft&& draft) {
  auto seqs = log_.append(run, {&draft, 1});
  if (!seqs) return seqs.error();
  return seqs->front();
}

Result<std::uint64_t> WriteTx::last_seq(RunId const& run) { return log_.last_seq(run); }

Result<void> WriteTx::create_run(NewRun const& run, Timestamp now) {
  if (run.id.empty()) return fail(Errc::invalid, "a run without an id");
  auto const definition = definition_id(connection_, run.definition_json);
  if (!definition) return definition.error();
  auto const id = run.id.str();
  auto done = connection_.run(
      "INSERT INTO runs (id, workflow, version, status, definition_id, inputs, started_by, created, started, "
      "parent_run, parent_step) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
      std::string_view(id), std::string_view(run.workflow), run.version,
      to_string(run.begins ? RunStatus::running : RunStatus::pending), *definition, std::string_view(run.inputs_json),
      std::string_view(run.started_by), now, run.begins ? std::optional(now) : std::nullopt,
      std::string_view(run.parent_run), std::string_view(run.parent_step));
  if (!done) return done;
  if (connection_.changes() == 0) return fail(Errc::conflict, fmt::format("run {} is there already", id));
  log_.created(run.id, connection_.last_rowid(), run.begins);
  return {};
}

void WriteTx::events_written(RunId const& run) { log_.forget(run); }

Result<std::optional<StoredAnswer>> WriteTx::recall(std::string_view key, std::string_view fingerprint) {
  auto row = connection_.query("SELECT fingerprint, status, body FROM idempotency WHERE key = ?", key);
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (!*there) return std::optional<StoredAnswer>();
  if ((*row)->text(0) != fingerprint) {
    return fail(Errc::conflict, "this idempotency key was used for another request");
  }
  return std::optional(StoredAnswer{static_cast<int>((*row)->integer(1)), (*row)->str(2)});
}

Result<void> WriteTx::remember(std::string_view key, std::string_view fingerprint, StoredAnswer const& answer,
                               Timestamp now) {
  auto forgotten = connection_.run("DELETE FROM idempotency WHERE time < ?", now - answers_are_kept);
  if (!forgotten) return forgotten;
  return connection_.run("INSERT INTO idempotency (key, fingerprint, status, body, time) VALUES (?, ?, ?, ?, ?)", key,
                         fingerprint, answer.status, std::string_view(answer.body), now);
}

Result<std::string> WriteTx::first_answer(std::string_view key, std::string_view fresh) {
  auto kept = connection_.run("UPDATE idempotency SET answer = ? WHERE key = ? AND answer IS NULL", fresh, key);
  if (!kept) return kept.error();
  auto row = connection_.query("SELECT answer FROM idempotency WHERE key = ?", key);
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  return *there ? (*row)->str(0) : std::string(fresh);
}

Result<int> WriteTx::create_workflow(std::string_view name, std::string_view definition_json, Timestamp now) {
  auto const known = known_workflow(connection_, name);
  if (!known) return known.error();
  if (known->version > 0 && !known->deleted) {
    return fail(Errc::conflict, fmt::format("there is a workflow {} already", name));
  }
  return put_workflow(name, definition_json, now);
}

Result<int> WriteTx::put_workflow(std::string_view name, std::string_view definition_json, Timestamp now) {
  auto const known = known_workflow(connection_, name);
  if (!known) return known.error();
  auto const definition = definition_id(connection_, definition_json);
  if (!definition) return definition.error();
  int const version = known->version + 1;
  auto done = connection_.run(
      "INSERT INTO workflows (name, version, created) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
      "version = excluded.version, created = iif(deleted IS NULL, created, excluded.created), deleted = NULL",
      name, version, now);
  if (!done) return done.error();
  done = connection_.run("INSERT INTO workflow_versions (name, version, definition_id, created) VALUES (?, ?, ?, ?)",
                         name, version, *definition, now);
  if (!done) return done.error();
  return version;
}

Result<void> WriteTx::delete_workflow(std::string_view name, Timestamp now) {
  auto done = connection_.run("UPDATE workflows SET deleted = ? WHERE name = ? AND deleted IS NULL", now, name);
  if (done && connection_.changes() == 0) return no_workflow(name);
  return done;
}

}  // namespace runcast
