#include "handler/workflows.hpp"

#include <fmt/format.h>
#include <boost/json/value_from.hpp>

#include "handler/body.hpp"
#include "handler/idempotency.hpp"
#include "handler/params.hpp"
#include "handler/run_json.hpp"
#include "model/dag.hpp"
#include "model/definition.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

json::object facts_of(WorkflowRow const& row) {
  return {{"name", row.name},
          {"version", row.version},
          {"createdAt", to_epoch_ms(row.created)},
          {"updatedAt", to_epoch_ms(row.updated)}};
}

// The definition goes in as the text that it is: a page of large ones is not parsed.
std::string with_definition(json::object const& facts, WorkflowRow const& row) {
  return with_member(facts, "definition", row.definition_json);
}

Answer stored(WorkflowRow const& row, unsigned status) {
  Answer answer{status, "application/json", with_definition(facts_of(row), row)};
  answer.headers.emplace_back("Location", fmt::format("/api/v2/workflows/{}", row.name));
  return answer;
}

// Stores a new workflow, and tells its version; that of the first time where the key was used before.
WriteOp creation(std::string const& name, std::string const& text, std::string const& key,
                 std::string const& fingerprint, int& version) {
  return [&, fingerprint](WriteTx& tx) -> Result<void> {
    auto const earlier = key.empty() ? Result<std::optional<StoredAnswer>>(std::nullopt) : tx.recall(key, fingerprint);
    if (!earlier) return earlier.error();
    if (*earlier) {
      version = (*earlier)->status;
      return {};
    }
    auto const now = system_time();
    auto const created = tx.create_workflow(name, text, now);
    if (!created) return created.error();
    version = *created;
    if (key.empty()) return {};
    return tx.remember(key, fingerprint, {.status = version, .body = name}, now);
  };
}

// Each line of `on.schedule` with the next time at which it starts a run.
json::array schedules_of(WorkflowRow const& row, Timestamp now) {
  json::array schedules;
  // Most have none, and parsing takes its time.
  if (row.definition_json.find("\"cron\"") == std::string::npos) return schedules;
  auto const workflow = parse_definition_text(row.definition_json, stored_definition_limits);
  if (!workflow) return schedules;
  for (auto const& trigger : workflow->on.schedule) {
    json::object entry{{"cron", trigger.cron_text}, {"timezone", trigger.timezone}};
    auto const zone = TimeZone::find(trigger.timezone);
    auto const next = zone ? trigger.cron.next_after(*zone, now) : std::nullopt;
    if (next) entry["nextAt"] = to_epoch_ms(*next);
    schedules.push_back(std::move(entry));
  }
  return schedules;
}

// A workflow as it stands now, with when it ran last and when it will run.
std::string text_now(WorkflowRow const& row, Timestamp now) {
  auto facts = facts_of(row);
  facts["schedules"] = schedules_of(row, now);
  if (row.last_run) {
    facts["lastRun"] = json::object{{"id", row.last_run->id.str()},
                                    {"status", to_string(row.last_run->status)},
                                    {"createdAt", to_epoch_ms(row.last_run->created)}};
  }
  return with_definition(facts, row);
}

}  // namespace

boost::system::result<Workflow, Answer> WorkflowsApi::definition(Request const& request,
                                                                 json::value const& body) const {
  if (request.body.size() > limits_.max_bytes) return problem(413, too_large(limits_));
  auto workflow = parse_definition(body, "", limits_);
  if (!workflow) return problem(400, "the definition is not valid", workflow.error());
  return std::move(*workflow);
}

Awaitable<Reply> WorkflowsApi::validate(Request& request) {
  auto const body = json_body(request);
  if (!body) co_return body.error();
  auto const workflow = definition(request, *body);
  if (!workflow) co_return workflow.error();
  auto const dag = Dag::build(workflow->steps);
  if (!dag) co_return problem(dag.error());
  co_return Answer{200, "application/json",
                   to_json_text(json::object{{"layers", json::value_from(layer_ids(*workflow, *dag))}})};
}

Awaitable<Reply> WorkflowsApi::create(Request& request) {
  auto const body = json_body(request);
  if (!body) co_return body.error();
  auto const workflow = definition(request, *body);
  if (!workflow) co_return workflow.error();
  std::string const name = workflow->name;
  std::string const text = to_json_text(*body);
  auto const key = idempotency_key(request);
  if (!key) co_return problem(key.error());
  int version = 0;
  auto const written = co_await store_.write(creation(name, text, *key, fingerprint_of(request), version));
  if (!written) co_return problem(written.error());
  co_await executor_.workflow_changed(name);
  auto const row = co_await store_.workflow_version(name, version);
  if (!row) co_return problem(row.error());
  co_return stored(*row, 201);
}

Awaitable<Reply> WorkflowsApi::put(Request& request) {
  std::string const name = request.captures.at(0);
  auto const body = json_body(request);
  if (!body) co_return body.error();
  auto const workflow = definition(request, *body);
  if (!workflow) co_return workflow.error();
  if (workflow->name != name) {
    co_return problem(400, "the definition is not valid",
                      {{"/name", fmt::format("the name is '{}' here and '{}' in the address", workflow->name, name)}});
  }
  std::string const text = to_json_text(*body);
  int version = 0;
  auto const written = co_await store_.write([&](WriteTx& tx) -> Result<void> {
    auto const put = tx.put_workflow(name, text, system_time());
    if (!put) return put.error();
    version = *put;
    return {};
  });
  if (!written) co_return problem(written.error());
  co_await executor_.workflow_changed(name);
  auto const row = co_await store_.workflow_version(name, version);
  if (!row) co_return problem(row.error());
  co_return stored(*row, version == 1 ? 201 : 200);
}

Awaitable<Reply> WorkflowsApi::list(Request& request) {
  auto const limit = limit_param(request);
  if (!limit) co_return problem(limit.error());
  auto const page = co_await store_.workflows(*limit, request.param("cursor").value_or(""));
  if (!page) co_return problem(page.error());
  auto const now = system_time();
  std::vector<std::string> items;
  for (auto const& row : page->items) items.push_back(text_now(row, now));
  co_return Answer{200, "application/json", list_json(items, page->next_cursor)};
}

Awaitable<Reply> WorkflowsApi::show(Request& request) {
  auto const version = number_param(request, "version", 1, INT32_MAX);
  if (!version) co_return problem(version.error());
  std::string const name = request.captures.at(0);
  auto const row =
      *version ? co_await store_.workflow_version(name, static_cast<int>(**version)) : co_await store_.workflow(name);
  if (!row) co_return problem(row.error());
  co_return Answer{200, "application/json",
                   *version ? with_definition(facts_of(*row), *row) : text_now(*row, system_time())};
}

Awaitable<Reply> WorkflowsApi::remove(Request& request) {
  std::string const name = request.captures.at(0);
  auto const written =
      co_await store_.write([&](WriteTx& tx) -> Result<void> { return tx.delete_workflow(name, system_time()); });
  if (!written) co_return problem(written.error());
  co_await executor_.workflow_changed(name);
  co_return Answer{204, "", ""};
}

}  // namespace runcast
