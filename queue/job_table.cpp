#include "queue/job_table.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "model/event.hpp"
#include "store/connection.hpp"

namespace runcast::job_table {
namespace {

using events::JobAssigned;
using events::JobStarted;
using events::JobSubmitted;
using events::StepComplete;
using events::StepRetry;

constexpr std::string_view columns =
    "SELECT key, lone, type, name, priority, requirements, payload, status, attempt, worker, error, submitted, "
    "assigned, "
    "started, ended FROM jobs";

Result<JobRow> read(Statement const& row) {
  auto const key = parse_job_id(row.text(0));
  auto const status = job_status_from(row.text(7));
  if (!key || !status) return fail(Errc::corrupt, fmt::format("the row of job {} does not read", row.text(0)));
  JobRow job;
  job.key = *key;
  job.id = job_id(*key, row.integer(1) != 0);
  job.type = row.text(2);
  job.name = row.text(3);
  job.priority = static_cast<int>(row.integer(4));
  job.requirements = row.text(5);
  job.payload = row.text(6);
  job.status = *status;
  job.attempt = static_cast<int>(row.integer(8));
  job.error = row.text(10);
  job.submitted = row.time(11);
  if (job.status == JobStatus::pending) return job;  // in nobody's hands, whoever had it before
  job.worker = row.text(9);
  job.assigned = row.maybe_time(12);
  job.started = row.maybe_time(13);
  job.ended = row.maybe_time(14);
  return job;
}

Result<void> on(Connection& connection, std::string_view key, JobSubmitted const& event, Timestamp) {
  if (!event.job.was) return {};  // insert()'s
  return connection.run(
      "UPDATE jobs SET status = 'pending', attempt = ?, assigned = NULL, started = NULL WHERE key = ?", event.attempt,
      key);
}

Result<void> on(Connection& connection, std::string_view key, JobAssigned const& event, Timestamp now) {
  return connection.run("UPDATE jobs SET status = 'assigned', worker = ?, assigned = ? WHERE key = ?",
                        std::string_view(event.worker_id), now, key);
}

Result<void> on(Connection& connection, std::string_view key, JobStarted const&, Timestamp now) {
  return connection.run("UPDATE jobs SET status = 'active', started = ? WHERE key = ?", now, key);
}

Result<void> on(Connection& connection, std::string_view key, StepRetry const& event, Timestamp) {
  return connection.run("UPDATE jobs SET status = 'pending', error = ? WHERE key = ?",
                        std::string_view(event.error.value_or("")), key);
}

Result<void> on(Connection& connection, std::string_view key, StepComplete const& event, Timestamp now) {
  return connection.run("UPDATE jobs SET status = ?, error = ?, ended = ? WHERE key = ?",
                        to_string(job_status_of(event.status)), std::string_view(event.error.value_or("")), now, key);
}

}  // namespace

Result<void> insert(Connection& connection, JobSpec const& job) {
  auto const key = job.key.str();
  auto const requirements = boost::json::serialize(job.requirements);
  return connection.run(
      "INSERT INTO jobs (key, lone, type, name, priority, requirements, payload, status, attempt, submitted) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', 1, ?)",
      std::string_view(key), job.id != key ? 1 : 0, std::string_view(job.type), std::string_view(job.name),
      job.priority, std::string_view(requirements), std::string_view(job.payload), job.submitted);
}

Result<void> apply(Connection& connection, RunId const& run, EventPayload const& payload, Timestamp now) {
  return std::visit(
      [&](auto const& event) -> Result<void> {
        if constexpr (requires { on(connection, {}, event, now); }) {
          return on(connection, JobKey{run, event.step_id}.str(), event, now);
        } else {
          return {};
        }
      },
      payload);
}

Result<void> check(Connection& connection, LeaseName const& lease) {
  auto const key = lease.job.str();
  auto row = connection.query(
      "SELECT 1 FROM jobs WHERE key = ? AND worker = ? AND attempt = ? AND status IN ('assigned', 'active')",
      std::string_view(key), std::string_view(lease.worker), lease.token);
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (!*there) return fail(Errc::conflict, "the job is not in this worker's hands any more");
  return {};
}

Result<JobRow> find(Connection& connection, JobKey const& job) {
  auto const key = job.str();
  auto row = connection.query(fmt::format("{} WHERE key = ?", columns), std::string_view(key));
  if (!row) return row.error();
  auto const there = (*row)->step();
  if (!there) return there.error();
  if (!*there) return fail(Errc::not_found, fmt::format("there is no job {}", key));
  return read(**row);
}

Result<JobReport> report(Connection& connection, JobRow const& job) {
  JobReport report;
  auto const newest = [&](std::string_view condition) -> Result<std::optional<Event>> {
    auto const run = job.key.run.str();
    auto row = connection.query(
        fmt::format("SELECT json FROM events JOIN runs ON pos BETWEEN run_no << 32 AND (run_no << 32) + 4294967295 "
                    "WHERE runs.id = ? AND level IS NULL AND step = ? AND {} ORDER BY pos DESC LIMIT 1",
                    condition),
        std::string_view(run), std::string_view(job.key.step));
    if (!row) return row.error();
    auto const there = (*row)->step();
    if (!there) return there.error();
    if (!*there) return std::optional<Event>();
    auto event = decode_event((*row)->text(0));
    if (!event) return event.error();
    return std::optional(std::move(*event));
  };
  // Each attempt begins anew, and a word on what is done stands until the next one.
  constexpr std::string_view said_or_new = "type IN ('step_progress', 'job_submitted', 'step_retry')";
  constexpr std::string_view worded_or_new =
      "(type IN ('job_submitted', 'step_retry') OR type = 'step_progress' AND json ->> '$.payload.text' IS NOT NULL)";
  auto last = newest(said_or_new);
  if (!last) return last.error();
  if (auto const* said = *last ? std::get_if<events::StepProgress>(&(*last)->payload) : nullptr) {
    report.progress = said->progress;
    if (!said->text) last = newest(worded_or_new);
    if (!last) return last.error();
  }
  if (auto const* said = *last ? std::get_if<events::StepProgress>(&(*last)->payload) : nullptr) {
    report.action = said->text.value_or("");
  }
  if (job.status != JobStatus::completed) return report;
  report.progress = 1;
  auto const end = newest("type = 'step_complete'");
  if (!end) return end.error();
  if (auto const* told = *end ? std::get_if<StepComplete>(&(*end)->payload) : nullptr) report.result = told->outputs;
  return report;
}

Result<JobPage> list(Connection& connection, JobQuery const& query) {
  if (!query.cursor.empty() && !parse_job_id(query.cursor)) {
    return fail(Errc::invalid, "the cursor is not one that a page of jobs has given");
  }
  auto sql = fmt::format("{} WHERE key < ?1", columns);
  if (query.status) sql += " AND status = ?2";
  if (!query.type.empty()) sql += " AND type = ?3";
  sql += " ORDER BY key DESC LIMIT ?4";
  constexpr std::string_view past_every_key = "~";
  auto rows = connection.query(sql, query.cursor.empty() ? past_every_key : std::string_view(query.cursor),
                               query.status ? to_string(*query.status) : std::string_view(),
                               std::string_view(query.type), query.limit + 1);
  if (!rows) return rows.error();
  JobPage page;
  for (;;) {
    auto const there = (*rows)->step();
    if (!there) return there.error();
    if (!*there) break;
    auto job = read(**rows);
    if (!job) return job.error();
    page.items.push_back(std::move(*job));
  }
  if (page.items.size() > query.limit) {
    page.items.resize(query.limit);
    page.next_cursor = page.items.back().key.str();
  }
  return page;
}

}  // namespace runcast::job_table
