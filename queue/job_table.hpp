#pragma once

#include "base/result.hpp"
#include "model/event_payload.hpp"
#include "queue/types.hpp"

namespace runcast {

class Connection;

// The rows of jobs, which follow from their runs' logs and are written in the same transactions.
namespace job_table {

// A job's first submission.
Result<void> insert(Connection& connection, JobSpec const& job);

// What an event of the job (one that carries a JobMark) makes of its row.
Result<void> apply(Connection& connection, RunId const& run, EventPayload const& event, Timestamp now);

// conflict: the job is not in that worker's hands under that token.
Result<void> check(Connection& connection, LeaseName const& lease);

// not_found.
Result<JobRow> find(Connection& connection, JobKey const& job);
// What the log says beside the row, without its lines.
Result<JobReport> report(Connection& connection, JobRow const& job);
// invalid: the cursor.
Result<JobPage> list(Connection& connection, JobQuery const& query);

}  // namespace job_table
}  // namespace runcast
