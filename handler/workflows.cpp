#include "handler/workflows.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "handler/body.hpp"
#include "handler/params.hpp"
#include "handler/run_json.hpp"
#include "model/dag.hpp"
#include "model/definition.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

Answer refused(Faults const& faults) { return problem(400, "the definition is not valid", faults); }

bool is_too_large(Request const& request) { return request.body.size() > DefinitionLimits().max_bytes; }

Answer stored(WorkflowRow const& row, unsigned status) {
  Answer answer{status, "application/json", json::serialize(to_json(row))};
  answer.headers.emplace_back("Location", fmt::format("/api/v2/workflows/{}", row.name));
  return answer;
}

}  // namespace

Awaitable<Reply> WorkflowsApi::validate(Request& request) {
  auto const body = json_body(request);
  if (!body) co_return body.error();
  if (is_too_large(request)) co_return problem(413, "a definition has at most 1 MiB");
  auto const workflow = parse_definition(*body);
  if (!workflow) co_return refused(workflow.error());
  auto const dag = Dag::build(workflow->steps);
  if (!dag) co_return problem(dag.error());
  co_return Answer{200, "application/json",
                   json::serialize(json::object{{"layers", json::value_from(layer_ids(*workflow, *dag))}})};
}

Awaitable<Reply> WorkflowsApi::create(Request& request) {
  auto const body = json_body(request);
  if (!body) co_return body.error();
  if (is_too_large(request)) co_return problem(413, "a definition has at most 1 MiB");
  auto const workflow = parse_definition(*body);
  if (!workflow) co_return refused(workflow.error());
  std::string const name = workflow->name;
  std::string const text = json::serialize(*body);
  auto const written = co_await store_.write([&](WriteTx& tx) -> Result<void> {
    auto const version = tx.create_workflow(name, text, system_time());
    if (!version) return version.error();
    return {};
  });
  if (!written) co_return problem(written.error());
  auto const row = co_await store_.workflow(name);
  if (!row) co_return problem(row.error());
  co_return stored(*row, 201);
}

Awaitable<Reply> WorkflowsApi::put(Request& request) {
  std::string const name = request.captures.at(0);
  auto const body = json_body(request);
  if (!body) co_return body.error();
  if (is_too_large(request)) co_return problem(413, "a definition has at most 1 MiB");
  auto const workflow = parse_definition(*body);
  if (!workflow) co_return refused(workflow.error());
  if (workflow->name != name) {
    co_return problem(400, "the definition is not valid",
                      {{"/name", fmt::format("the name is '{}' here and '{}' in the address", workflow->name, name)}});
  }
  std::string const text = json::serialize(*body);
  int version = 0;
  auto const written = co_await store_.write([&](WriteTx& tx) -> Result<void> {
    auto const put = tx.put_workflow(name, text, system_time());
    if (!put) return put.error();
    version = *put;
    return {};
  });
  if (!written) co_return problem(written.error());
  auto const row = co_await store_.workflow_version(name, version);
  if (!row) co_return problem(row.error());
  co_return stored(*row, version == 1 ? 201 : 200);
}

Awaitable<Reply> WorkflowsApi::list(Request& request) {
  auto const limit = limit_param(request);
  if (!limit) co_return problem(limit.error());
  auto const page = co_await store_.workflows(*limit, request.param("cursor").value_or(""));
  if (!page) co_return problem(page.error());
  std::vector<std::string> items;
  for (auto const& row : page->items) items.push_back(json::serialize(to_json(row)));
  co_return Answer{200, "application/json", list_json(items, page->next_cursor)};
}

Awaitable<Reply> WorkflowsApi::show(Request& request) {
  auto const version = number_param(request, "version", 1, INT32_MAX);
  if (!version) co_return problem(version.error());
  std::string const name = request.captures.at(0);
  auto const row =
      *version ? co_await store_.workflow_version(name, static_cast<int>(**version)) : co_await store_.workflow(name);
  if (!row) co_return problem(row.error());
  co_return Answer{200, "application/json", json::serialize(to_json(*row))};
}

Awaitable<Reply> WorkflowsApi::remove(Request& request) {
  std::string const name = request.captures.at(0);
  auto const written =
      co_await store_.write([&](WriteTx& tx) -> Result<void> { return tx.delete_workflow(name, system_time()); });
  if (!written) co_return problem(written.error());
  co_return Answer{204, "", ""};
}

}  // namespace runcast
