#include "handler/api.hpp"

#include "handler/bundles.hpp"
#include "handler/import_path.hpp"
#include "handler/jobs.hpp"
#include "handler/logs.hpp"
#include "handler/problem.hpp"
#include "handler/runs.hpp"
#include "handler/sign_in.hpp"
#include "handler/static_files.hpp"
#include "handler/stream.hpp"
#include "handler/webhook.hpp"
#include "handler/workers.hpp"
#include "handler/workflows.hpp"

namespace runcast {
namespace {

template <class Api>
Handler bound(std::shared_ptr<Api> api, Awaitable<Reply> (Api::*handle)(Request&)) {
  return [api = std::move(api), handle](Request& request) { return ((*api).*handle)(request); };
}

void add_workflows(Router& router, Store& store, Executor& executor, DefinitionLimits const& limits) {
  auto const api = std::make_shared<WorkflowsApi>(store, executor, limits);
  router.add("POST", "/api/v2/workflows/validate", bound(api, &WorkflowsApi::validate), Scope::read);
  router.add("POST", "/api/v2/workflows", bound(api, &WorkflowsApi::create));
  router.add("GET", "/api/v2/workflows", bound(api, &WorkflowsApi::list));
  router.add("GET", "/api/v2/workflows/{}", bound(api, &WorkflowsApi::show));
  router.add("PUT", "/api/v2/workflows/{}", bound(api, &WorkflowsApi::put));
  router.add("DELETE", "/api/v2/workflows/{}", bound(api, &WorkflowsApi::remove));
  router.add("POST", "/api/v2/workflows/{}/webhook", WebhookHandler(store, executor), Scope::open);
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
  router.add("GET", prefix + "/bundle", bound(std::make_shared<BundlesApi>(store), &BundlesApi::show));
  router.add("GET", prefix + "/stream", StreamHandler(store, compress));
  router.add("GET", prefix + "/logs", LogsHandler(store));
  router.add("GET", prefix + "/events", EventsHandler(store));
}

void add_runs(Router& router, Store& store, Executor& executor, ApiOptions const& options) {
  auto const api = std::make_shared<RunsApi>(store, executor, options.definitions);
  router.add("POST", "/api/v2/workflows/runs", bound(api, &RunsApi::start_inline));
  router.add("GET", "/api/v2/workflows/runs", bound(api, &RunsApi::list));
  router.add("POST", std::string(import_path), bound(std::make_shared<BundlesApi>(store), &BundlesApi::take_in),
             Scope::admin);
  add_one_run(router, "/api/v2/workflows/runs/{}", store, api, options.compress);
  add_one_run(router, "/runs/{}", store, api, options.compress);
  router.add("POST", "/api/v2/workflows/{}/runs", bound(api, &RunsApi::start_stored));
}

void add_jobs(Router& router, Store& store, Executor& executor) {
  auto const api = std::make_shared<JobsApi>(store, executor);
  router.add("POST", "/api/jobs", bound(api, &JobsApi::submit));
  router.add("GET", "/api/jobs", bound(api, &JobsApi::list));
  router.add("POST", "/api/jobs/cancel", bound(api, &JobsApi::cancel));
  router.add("GET", "/api/jobs/{}", bound(api, &JobsApi::show));
}

void add_workers(Router& router, Queue& queue) {
  auto const api = std::make_shared<WorkersApi>(queue);
  router.add("GET", "/api/workers", bound(api, &WorkersApi::list_workers), Scope::read);
  router.add("GET", "/api/machines", bound(api, &WorkersApi::list_machines), Scope::read);
  std::string const worker = "/api/workers/{}";
  router.add("DELETE", worker, bound(api, &WorkersApi::leave), Scope::work);
  router.add("POST", worker + "/register", bound(api, &WorkersApi::enter), Scope::work);
  router.add("POST", worker + "/claim", bound(api, &WorkersApi::claim), Scope::work);
  auto const job = worker + "/jobs/{}";
  router.add("POST", job + "/heartbeat", bound(api, &WorkersApi::heartbeat), Scope::work);
  router.add("POST", job + "/progress", bound(api, &WorkersApi::progress), Scope::work);
  router.add("POST", job + "/logs", bound(api, &WorkersApi::log), Scope::work);
  router.add("POST", job + "/complete", bound(api, &WorkersApi::complete), Scope::work);
  router.add("POST", job + "/fail", bound(api, &WorkersApi::fail), Scope::work);
  router.add("POST", job + "/release", bound(api, &WorkersApi::release), Scope::work);
}

}  // namespace

void add_api(Router& router, Store& store, Executor& executor, Access const& access, Operations const& operations,
             ApiOptions const& options) {
  add_runs(router, store, executor, options);  // before the workflows: `runs` is no workflow's name
  add_workflows(router, store, executor, options.definitions);
  add_jobs(router, store, executor);
  add_workers(router, executor.queue());
  add_operations(router, store, operations);
  add_sign_in(router, access);
  add_static_files(router);
}

}  // namespace runcast
