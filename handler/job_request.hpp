#pragma once

#include <boost/json/object.hpp>

#include "executor/executor.hpp"
#include "model/fault.hpp"

namespace runcast {

// A lone job as somebody submits it: `name`, `type`, `payload`, `priority`, `requirements`, `retry`, `timeout`, none of
// them needed. It comes to a workflow of one step. The payload is taken as it is: nothing in it is a template. Faults
// point into the body that was sent.
Checked<Submission> job_submission(boost::json::object const& body, std::string submitted_by, PlanCache& plans);

// The row that such a submission has come to, when it has just been taken in as `run`.
JobRow new_job(RunId const& run, Submission const& submission);

// Cancels a job: its step, or the whole run of a lone one. conflict: it has ended.
Awaitable<Result<void>> cancel_job(Executor& executor, JobRow job, std::string by);

}  // namespace runcast
