#include "handler/runs.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "executor/plan_cache.hpp"
#include "handler/body.hpp"
#include "handler/created_run.hpp"
#include "handler/idempotency.hpp"
#include "handler/params.hpp"
#include "handler/run_json.hpp"
#include "model/definition.hpp"
#include "model/inputs.hpp"
#include "model/json_reader.hpp"
#include "model/json_text.hpp"
#include "model/suggest.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::size_t newest_progress = 1000;  // events that are looked at for how far the running steps are

Result<RunId> run_of(Request const& request) {
  auto const id = RunId::parse(request.captures.at(0));
  if (!id) return fail(Errc::not_found, "there is no such run");
  return *id;
}

void refuse_others(json::object const& body, std::initializer_list<std::string_view> known, Faults& faults) {
  std::vector<std::string_view> const words(known);
  for (auto const& [key, value] : body) {
    if (std::ranges::find(words, std::string_view(key)) != words.end()) continue;
    std::string pointer;
    append_pointer_part(pointer, key);
    faults.push_back({std::move(pointer), fmt::format("unknown member{}", Suggester{}.hint(key, words))});
  }
}

json::object inputs_of(json::object const& body, Faults& faults) {
  auto const* inputs = body.if_contains("inputs");
  if (!inputs) return {};
  if (inputs->is_object()) return inputs->get_object();
  faults.push_back({"/inputs", "expected an object"});
  return {};
}

void add(Faults& faults, Faults const& more) { faults.insert(faults.end(), more.begin(), more.end()); }

}  // namespace

Awaitable<Reply> RunsApi::start_inline(Request& request) {
  auto const body = json_object_body(request);
  if (!body) co_return body.error();
  Faults faults;
  refuse_others(*body, {"workflow", "inputs"}, faults);
  auto const inputs = inputs_of(*body, faults);
  auto const* definition = body->if_contains("workflow");
  if (!definition) {
    faults.push_back({"/workflow", "a definition is needed here"});
    co_return problem(400, "the run cannot be started", faults);
  }
  auto text = to_json_text(*definition);
  if (text.size() > limits_.max_bytes) co_return problem(413, too_large(limits_));
  auto workflow = parse_definition(*definition, "/workflow", limits_);
  if (!workflow) add(faults, workflow.error());
  if (!faults.empty()) co_return problem(400, "the run cannot be started", faults);
  co_return co_await start(request, make_plan(std::move(*workflow)), std::move(text), 1, inputs);
}

Awaitable<Reply> RunsApi::start_stored(Request& request) {
  auto const body = json_object_body(request, true);
  if (!body) co_return body.error();
  Faults faults;
  refuse_others(*body, {"inputs"}, faults);
  auto const inputs = inputs_of(*body, faults);
  if (!faults.empty()) co_return problem(400, "the run cannot be started", faults);
  auto const row = co_await store_.workflow(request.captures.at(0));
  if (!row) co_return problem(row.error());
  auto const plan = executor_.plans().plan_of(row->definition_json);
  if (!plan) co_return problem(409, "the stored definition is not valid for this version of the program");
  co_return co_await start(request, *plan, row->definition_json, row->version, inputs);
}

Awaitable<Reply> RunsApi::list(Request& request) {
  auto const limit = limit_param(request);
  auto const status = run_status_param(request);
  auto const since = time_param(request, "since");
  auto const until = time_param(request, "until");
  if (!limit) co_return problem(limit.error());
  if (!status) co_return problem(status.error());
  if (!since) co_return problem(since.error());
  if (!until) co_return problem(until.error());
  RunQuery query;
  query.workflow = request.param("workflow").value_or("");
  query.status = *status;
  query.since = *since;
  query.until = *until;
  query.limit = *limit;
  query.cursor = request.param("cursor").value_or("");
  auto const page = co_await store_.runs(std::move(query));
  if (!page) co_return problem(page.error());
  std::vector<std::string> items;
  for (auto const& row : page->items) items.push_back(to_json_text(to_json(row)));
  co_return Answer{200, "application/json", list_json(items, page->next_cursor)};
}

Awaitable<Reply> RunsApi::show(Request& request) {
  auto const id = run_of(request);
  if (!id) co_return problem(id.error());
  auto const run = co_await store_.run(*id);
  if (!run) co_return problem(run.error());
  auto const document = co_await store_.run_document(*id);
  if (!document) co_return problem(document.error());
  auto events = co_await store_.read_lifecycle(*id);
  if (!events) co_return problem(events.error());
  if (!has_ended(run->status)) {
    auto const progress = co_await store_.read_progress(*id, newest_progress);
    if (!progress) co_return problem(progress.error());
    events->insert(events->end(), progress->begin(), progress->end());
    std::ranges::sort(*events, {}, &Event::seq);
  }
  co_return Answer{200, "application/json", to_json_text(run_json(*run, *document, *events))};
}

Awaitable<Reply> RunsApi::start(Request& request, std::shared_ptr<Plan const> plan, std::string definition, int version,
                                json::object const& given_inputs) {
  auto inputs = check_inputs(plan->workflow().inputs, given_inputs);
  if (!inputs) co_return problem(400, "the run cannot be started", inputs.error());
  Submission submission;
  submission.plan = std::move(plan);
  submission.definition_json = std::move(definition);
  submission.inputs = std::move(*inputs);
  submission.version = version;
  submission.started_by = request.caller.name;
  auto key = idempotency_key(request);
  if (!key) co_return problem(key.error());
  submission.idempotency_key = *key;
  submission.fingerprint = fingerprint_of(request);
  auto const id = co_await executor_.submit(std::move(submission));
  if (!id) co_return problem(id.error());
  co_return co_await created_run(store_, *id, std::move(*key));
}

Awaitable<Reply> RunsApi::cancel(Request& request) {
  auto const id = run_of(request);
  if (!id) co_return problem(id.error());
  auto const step = request.captures.size() > 1 ? request.captures[1] : std::string();
  auto const cancelled = co_await executor_.cancel(*id, step, request.caller.name);
  if (!cancelled) co_return problem(cancelled.error());
  auto const run = co_await store_.run(*id);
  if (!run) co_return problem(run.error());
  co_return Answer{202, "application/json", to_json_text(to_json(*run))};
}

Awaitable<Reply> RunsApi::rerun(Request& request) {
  auto const id = run_of(request);
  if (!id) co_return problem(id.error());
  auto const body = json_object_body(request, true);
  if (!body) co_return body.error();
  Faults faults;
  refuse_others(*body, {"from"}, faults);
  if (auto const* from = body->if_contains("from"); from && *from != "failed") {
    faults.push_back({"/from", "expected \"failed\""});
  }
  if (!faults.empty()) co_return problem(400, "the run cannot be repeated", faults);
  auto key = idempotency_key(request);
  if (!key) co_return problem(key.error());
  auto const created = co_await executor_.rerun(*id, request.caller.name, *key, fingerprint_of(request));
  if (!created) co_return problem(created.error());
  co_return co_await created_run(store_, *created, std::move(*key));
}

Awaitable<Reply> RunsApi::approve(Request& request) { return decide(request, true); }
Awaitable<Reply> RunsApi::reject(Request& request) { return decide(request, false); }

Awaitable<Reply> RunsApi::decide(Request& request, bool approved) {
  auto const id = run_of(request);
  if (!id) co_return problem(id.error());
  auto const body = json_object_body(request, true);
  if (!body) co_return body.error();
  Faults faults;
  refuse_others(*body, {"comment"}, faults);
  std::optional<std::string> comment;
  if (auto const* given = body->if_contains("comment")) {
    given->is_string() ? static_cast<void>(comment = given->get_string())
                       : faults.push_back({"/comment", "expected a string"});
  }
  if (!faults.empty()) co_return problem(400, "the decision is malformed", faults);
  auto const decided =
      co_await executor_.approve(*id, request.captures.at(1), approved, request.caller.name, std::move(comment));
  if (!decided) co_return problem(decided.error());
  auto const run = co_await store_.run(*id);
  if (!run) co_return problem(run.error());
  co_return Answer{200, "application/json", to_json_text(to_json(*run))};
}

}  // namespace runcast
