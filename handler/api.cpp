#include "handler/api.hpp"

#include "handler/logs.hpp"
#include "handler/problem.hpp"
#include "handler/runs.hpp"
#include "handler/sign_in.hpp"
#include "handler/static_files.hpp"
#include "handler/stream.hpp"
#include "handler/workflows.hpp"

namespace runcast {
namespace {

template <class Api>
Handler bound(std::shared_ptr<Api> api, Awaitable<Reply> (Api::*handle)(Request&)) {
  return [api = std::move(api), handle](Request& request) { return ((*api).*handle)(request); };
}

void add_workflows(Router& router, Store& store) {
  auto const api = std::make_shared<WorkflowsApi>(store);
  router.add("POST", "/api/v2/workflows/validate", bound(api, &WorkflowsApi::validate), Scope::read);
  router.add("POST", "/api/v2/workflows", bound(api, &WorkflowsApi::create));
  router.add("GET", "/api/v2/workflows", bound(api, &WorkflowsApi::list));
  router.add("GET", "/api/v2/workflows/{}", bound(api, &WorkflowsApi::show));
  router.add("PUT", "/api/v2/workflows/{}", bound(api, &WorkflowsApi::put));
  router.add("DELETE", "/api/v2/workflows/{}", bound(api, &WorkflowsApi::remove));
}

// Below `prefix`, the long one and the short one.
void add_one_run(Router& router, std::string const& prefix, Store& store, std::shared_ptr<RunsApi> const& api,
                 bool compress) {
  router.add("GET", prefix, bound(api, &RunsApi::show));
  router.add("POST", prefix + "/cancel", bound(api, &RunsApi::cancel));
  router.add("POST", prefix + "/rerun", bound(api, &RunsApi::rerun));
  router.add("POST", prefix + "/steps/{}/cancel", bound(api, &RunsApi::cancel));
  router.add("POST", prefix + "/steps/{}/approve", bound(api, &RunsApi::approve));
  router.add("POST", prefix + "/steps/{}/reject", bound(api, &RunsApi::reject));
  router.add("GET", prefix + "/stream", StreamHandler(store, compress));
  router.add("GET", prefix + "/logs", LogsHandler(store));
  router.add("GET", prefix + "/events", EventsHandler(store));
}

void add_runs(Router& router, Store& store, Executor& executor, bool compress) {
  auto const api = std::make_shared<RunsApi>(store, executor);
  router.add("POST", "/api/v2/workflows/runs", bound(api, &RunsApi::start_inline));
  router.add("GET", "/api/v2/workflows/runs", bound(api, &RunsApi::list));
  add_one_run(router, "/api/v2/workflows/runs/{}", store, api, compress);
  add_one_run(router, "/runs/{}", store, api, compress);
  router.add("POST", "/api/v2/workflows/{}/runs", bound(api, &RunsApi::start_stored));
}

void add_operations(Router& router, Store& store) {
  router.add(
      "GET", "/healthz",
      [](Request&) -> Awaitable<Reply> { co_return Answer{200, "application/json", R"({"status":"ok"})"}; },
      Scope::open);
  router.add(
      "GET", "/readyz",
      [&store](Request&) -> Awaitable<Reply> {
        if (!store.healthy()) co_return problem(503, "the database cannot be written");
        co_return Answer{200, "application/json", R"({"status":"ready"})"};
      },
      Scope::open);
}

}  // namespace

void add_api(Router& router, Store& store, Executor& executor, Access const& access, bool compress) {
  add_runs(router, store, executor, compress);  // before the workflows: `runs` is no workflow's name
  add_workflows(router, store);
  add_operations(router, store);
  add_sign_in(router, access);
  add_static_files(router);
}

}  // namespace runcast
