#include "handler/jobs.hpp"

#include <fmt/format.h>

#include "handler/body.hpp"
#include "handler/idempotency.hpp"
#include "handler/job_json.hpp"
#include "handler/job_request.hpp"
#include "handler/params.hpp"
#include "handler/run_json.hpp"
#include "model/definition.hpp"
#include "model/json_reader.hpp"
#include "queue/queue.hpp"

namespace runcast {

Awaitable<Reply> JobsApi::submit(Request& request) {
  auto const body = json_object_body(request);
  if (!body) co_return body.error();
  if (request.body.size() > DefinitionLimits().max_bytes) co_return problem(413, "a job has at most 1 MiB");
  auto submission = job_submission(*body, request.caller.name, executor_.plans());
  if (!submission) co_return problem(400, "the job cannot be taken", submission.error());
  auto key = idempotency_key(request);
  if (!key) co_return problem(key.error());
  submission->idempotency_key = *key;
  submission->fingerprint = fingerprint_of(request);
  auto const run = co_await executor_.submit(*submission);
  if (!run) co_return problem(run.error());
  auto text = co_await first_answer(store_, std::move(*key), job_json(new_job(*run, *submission), {}));
  if (!text) co_return problem(text.error());
  Answer answer{201, "application/json", std::move(*text)};
  answer.headers.emplace_back("Location", fmt::format("/api/jobs/{}", run->str()));
  co_return answer;
}

Awaitable<Reply> JobsApi::list(Request& request) {
  auto const limit = limit_param(request);
  if (!limit) co_return problem(limit.error());
  JobQuery query;
  if (auto const status = request.param("status")) {
    query.status = job_status_from(*status);
    if (!query.status) {
      co_return problem(400,
                        "the parameter 'status' is one of pending, assigned, active, completed, failed, cancelled");
    }
  }
  query.type = request.param("type").value_or("");
  query.limit = *limit;
  query.cursor = request.param("cursor").value_or("");
  auto const page = co_await executor_.queue().jobs(std::move(query));
  if (!page) co_return problem(page.error());
  std::vector<std::string> items;
  for (auto const& row : page->items) {
    auto text = co_await whole(row);
    if (!text) co_return problem(text.error());
    items.push_back(std::move(*text));
  }
  co_return Answer{200, "application/json", list_json(items, page->next_cursor)};
}

Awaitable<Reply> JobsApi::show(Request& request) {
  auto const row = co_await executor_.queue().job(request.captures.at(0));
  if (!row) co_return problem(row.error());
  auto text = co_await whole(*row);
  if (!text) co_return problem(text.error());
  co_return Answer{200, "application/json", std::move(*text)};
}

Awaitable<Reply> JobsApi::cancel(Request& request) {
  auto const body = json_object_body(request);
  if (!body) co_return body.error();
  FaultLog log(10);
  JsonMembers members(*body, Place(""), log);
  auto const node = members.require("id");
  auto const id = node ? node->string() : std::nullopt;
  members.refuse_others();
  if (auto const faults = log.take(); !faults.empty()) {
    co_return problem(400, "it is not clear which job is to be cancelled", faults);
  }
  auto row = co_await executor_.queue().job(std::string(*id));
  if (!row) co_return problem(row.error());
  auto const cancelled = co_await cancel_job(executor_, *row, request.caller.name);
  if (!cancelled) co_return problem(cancelled.error());
  row = co_await executor_.queue().job(row->id);
  if (!row) co_return problem(row.error());
  auto text = co_await whole(*row);
  if (!text) co_return problem(text.error());
  co_return Answer{202, "application/json", std::move(*text)};
}

Awaitable<Result<std::string>> JobsApi::whole(JobRow job) {
  auto const report = co_await executor_.queue().report(job, job_log_lines);
  if (!report) co_return report.error();
  co_return job_json(job, *report);
}

}  // namespace runcast
