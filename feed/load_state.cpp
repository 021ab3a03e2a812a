#include "feed/load_state.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "feed/last_lines.hpp"
#include "model/job.hpp"
#include "model/json_parse.hpp"
#include "store/connection.hpp"
#include "store/rows.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::size_t newest_progress = 1000;

struct Tables {
  std::array<std::uint64_t, 6> counts{};
  std::vector<JobView> untouched;               // nobody has had them yet: their rows say all
  std::map<RunId, std::set<std::string>> runs;  // those whose logs are to be read, with the jobs' ids
  std::vector<WorkerState> workers;
  std::vector<MachineState> machines;
};

Result<void> read_counts(Connection& connection, Tables& tables) {
  return queries::for_each(connection.query("SELECT status, count(*) FROM jobs GROUP BY status"),
                           [&](Statement const& row) -> Result<bool> {
                             auto const status = job_status_from(row.text(0));
                             if (!status) return fail(Errc::corrupt, "a job's status does not read");
                             tables.counts[static_cast<std::size_t>(*status)] = row.natural(1);
                             return true;
                           });
}

Result<void> read_untouched(Connection& connection, Tables& tables) {
  auto rows = connection.query(
      "SELECT key, lone, type, jobs.name, priority, requirements, submitted, started_by FROM jobs "
      "JOIN runs ON runs.id = substr(key, 1, 26) WHERE jobs.status = 'pending' AND attempt = 1 AND assigned IS NULL");
  return queries::for_each(std::move(rows), [&](Statement const& row) -> Result<bool> {
    auto const key = parse_job_id(row.text(0));
    if (!key) return key.error();
    JobView job;
    job.id = job_id(*key, row.integer(1) != 0);
    job.run = key->run;
    job.step = key->step;
    job.type = row.str(2);
    job.name = row.str(3);
    job.priority = static_cast<int>(row.integer(4));
    job.requirements = parse_own_json(row.text(5)).as_object();
    job.created = job.updated = row.time(6);
    job.submitted_by = row.str(7);
    tables.untouched.push_back(std::move(job));
    return true;
  });
}

Result<void> note_jobs(Result<Borrowed> rows, Tables& tables) {
  return queries::for_each(std::move(rows), [&](Statement const& row) -> Result<bool> {
    auto const key = parse_job_id(row.text(0));
    if (!key) return key.error();
    tables.runs[key->run].insert(job_id(*key, row.integer(1) != 0));
    return true;
  });
}

Result<void> read_told(Connection& connection, Tables& tables) {
  auto done = note_jobs(connection.query("SELECT key, lone FROM jobs WHERE status IN ('assigned', 'active') "
                                         "OR (status = 'pending' AND (attempt > 1 OR assigned IS NOT NULL))"),
                        tables);
  for (auto const status : {JobStatus::completed, JobStatus::failed, JobStatus::cancelled}) {
    if (!done) return done;
    done = note_jobs(connection.query("SELECT key, lone FROM jobs WHERE status = ? ORDER BY ended DESC LIMIT ?",
                                      to_string(status), SystemState::kept_ended),
                     tables);
  }
  return done;
}

Result<void> read_workers(Connection& connection, Tables& tables) {
  auto const workers = queries::for_each(
      connection.query("SELECT id, machine, status, capabilities, types, concurrency, connected FROM workers "
                       "WHERE status <> 'offline'"),
      [&](Statement const& row) {
        WorkerState worker;
        worker.id = row.str(0);
        worker.machine = row.str(1);
        worker.status = worker_status_from(row.text(2)).value_or(WorkerStatus::idle);
        if (worker.status == WorkerStatus::busy) worker.status = WorkerStatus::idle;  // until its jobs say otherwise
        worker.capabilities = parse_own_json(row.text(3)).as_object();
        auto const types = parse_own_json(row.text(4));
        for (auto const& type : types.as_array()) worker.types.emplace_back(type.as_string());
        worker.concurrency = static_cast<int>(row.integer(5));
        worker.connected = row.time(6);
        tables.workers.push_back(std::move(worker));
        return true;
      });
  if (!workers) return workers.error();
  return queries::for_each(connection.query("SELECT id, hostname, status FROM machines"), [&](Statement const& row) {
    tables.machines.push_back(
        {row.str(0), row.str(1), machine_status_from(row.text(2)).value_or(MachineStatus::offline)});
    return true;
  });
}

Result<void> read_tables(Connection& connection, Tables& tables) {
  for (auto const read : {read_counts, read_untouched, read_told, read_workers}) {
    if (auto const done = read(connection, tables); !done) return done;
  }
  return {};
}

// A job with the event that it is ordered by among those of its status.
struct Told {
  std::uint64_t id = 0;
  JobView job;
};

// What one run's log makes of its jobs.
Awaitable<Result<std::vector<Told>>> fold_run(Store& store, RunId run, std::set<std::string> const& jobs) {
  auto events = co_await store.read_lifecycle(run);
  if (!events) co_return events.error();
  auto const progress = co_await store.read_progress(run, newest_progress);
  if (!progress) co_return progress.error();
  events->insert(events->end(), progress->begin(), progress->end());
  std::ranges::sort(*events, {}, &Event::seq);
  SystemState state;
  std::vector<Told> told;
  for (auto const& event : *events) {
    auto const change = state.apply(event);
    if (change.job && has_ended(change.job->status) && jobs.contains(change.job->id)) {
      told.push_back({event.id, *change.job});
    }
  }
  for (auto const& [id, job] : state.live_jobs()) {
    if (jobs.contains(id)) told.push_back({0, job});
  }
  std::set<std::string> steps;
  for (auto const& [id, job] : told) steps.insert(job.step);
  auto lines = co_await read_last_lines(store, run, steps);
  if (!lines) co_return lines.error();
  for (auto& [id, job] : told) {
    for (auto& line : lines->at(job.step)) {
      job.logs.push_back(std::move(line.text));
      job.last_line = line.seq;
    }
  }
  co_return told;
}

}  // namespace

Awaitable<Result<SystemState>> load_system_state(Store& store) {
  Tables tables;
  auto const read = co_await store.read([&](Connection& connection) { return read_tables(connection, tables); });
  if (!read) co_return read.error();
  std::vector<Told> told;
  for (auto const& [run, jobs] : tables.runs) {
    auto folded = co_await fold_run(store, run, jobs);
    if (!folded) co_return folded.error();
    std::ranges::move(*folded, std::back_inserter(told));
  }
  std::ranges::sort(told, {}, &Told::id);
  SystemState state;
  for (auto& job : tables.untouched) state.restore(std::move(job));
  for (auto& entry : told) state.restore(std::move(entry.job));
  for (auto& machine : tables.machines) state.restore(std::move(machine));
  for (auto& worker : tables.workers) state.restore(std::move(worker));
  state.restore_counts(tables.counts);
  co_return state;
}

}  // namespace runcast
