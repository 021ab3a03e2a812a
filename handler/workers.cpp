#include "handler/workers.hpp"

#include <fmt/format.h>

#include "base/until.hpp"
#include "handler/body.hpp"
#include "handler/job_json.hpp"
#include "handler/params.hpp"
#include "handler/run_json.hpp"
#include "handler/worker_request.hpp"
#include "model/json_text.hpp"
#include "model/names.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

Answer ok() { return {200, "application/json", R"({"ok":true})"}; }

Answer malformed(Faults const& faults) { return problem(400, "the worker's message is malformed", faults); }

Reply answer_to(Result<void> const& done) {
  if (!done) return problem(done.error());
  return ok();
}

// …/workers/{id}/jobs/{jobId}/…, with the token from the body.
Result<LeaseName> lease_of(Request const& request, std::uint64_t token) {
  auto const job = parse_job_id(request.captures.at(1));
  if (!job) return fail(Errc::not_found, "there is no such job");
  return LeaseName{*job, request.captures.at(0), token};
}

std::uint64_t token_of(std::uint64_t token) { return token; }
std::uint64_t token_of(auto const& report) { return report.token; }

template <class Report>
struct Said {
  LeaseName lease;
  Report report;
};

// What a worker says of one of its jobs, checked; or the refusal.
template <class Report>
boost::system::result<Said<Report>, Answer> said_in(Request const& request,
                                                    Checked<Report> (*read)(json::object const&, Others)) {
  auto const body = json_object_body(request);
  if (!body) return body.error();
  auto report = read(*body, Others::refuse);
  if (!report) return malformed(report.error());
  auto lease = lease_of(request, token_of(*report));
  if (!lease) return problem(lease.error());
  return Said<Report>{std::move(*lease), std::move(*report)};
}

std::string list(std::vector<JobLease> const& leases, Millis duration) {
  std::string text = "[";
  for (auto const& lease : leases) {
    if (text.size() > 1) text += ',';
    text += lease_json(lease, duration);
  }
  return text += ']';
}

// One page of a list that is sorted by its items' ids.
template <class View, class IdOf>
Reply page_of(Request const& request, std::vector<View> const& views, IdOf id_of) {
  auto const limit = limit_param(request);
  if (!limit) return problem(limit.error());
  auto const cursor = request.param("cursor").value_or("");
  std::vector<std::string> items;
  std::optional<std::string> next;
  std::string last;
  for (auto const& view : views) {
    if (id_of(view) <= cursor) continue;
    if (items.size() == *limit) {
      next = last;
      break;
    }
    items.push_back(to_json_text(to_json(view)));
    last = id_of(view);
  }
  return Answer{200, "application/json", list_json(items, next)};
}

}  // namespace

Awaitable<Reply> WorkersApi::list_workers(Request& request) {
  auto const views = co_await queue_.workers();
  co_return page_of(request, views, [](WorkerView const& worker) { return worker.intro.id; });
}

Awaitable<Reply> WorkersApi::list_machines(Request& request) {
  auto const views = co_await queue_.machines();
  co_return page_of(request, views, [](MachineView const& machine) { return machine.id; });
}

Awaitable<Reply> WorkersApi::enter(Request& request) {
  auto const& worker = request.captures.at(0);
  if (!is_worker_name(worker)) co_return problem(400, fmt::format("a worker's id is {}", worker_name_rule));
  auto const body = json_object_body(request, true);
  if (!body) co_return body.error();
  auto intro = read_intro(*body, worker);
  if (!intro) co_return malformed(intro.error());
  auto const registration = co_await queue_.enter(std::move(*intro));
  if (!registration) co_return problem(registration.error());
  json::object const facts{
      {"workerId", worker}, {"leaseMs", registration->lease.count()}, {"heartbeatMs", registration->heartbeat.count()}};
  auto const jobs = list(registration->leases, registration->lease);
  co_return Answer{200, "application/json", with_member(facts, "jobs", jobs)};
}

Awaitable<Reply> WorkersApi::leave(Request& request) {
  auto const left = co_await queue_.leave(request.captures.at(0), "it said good-bye", true);
  if (!left) co_return problem(left.error());
  co_return Answer{204, "", ""};
}

Awaitable<Reply> WorkersApi::claim(Request& request) {
  auto const body = json_object_body(request, true);
  if (!body) co_return body.error();
  auto claim = read_claim(*body, request.captures.at(0));
  if (!claim) co_return malformed(claim.error());
  auto const leases = co_await claim_for(request, std::move(*claim));
  if (!leases) co_return problem(leases.error());
  co_return Answer{200, "application/json", "{\"jobs\":" + list(*leases, queue_.options().lease) + '}'};
}

Awaitable<Result<std::vector<JobLease>>> WorkersApi::claim_for(Request& request, ClaimRequest claim) {
  if (claim.wait <= Millis{0}) co_return co_await queue_.claim(std::move(claim));
  auto const leases = co_await until(request.until_hung_up(), queue_.claim(std::move(claim)));
  // Of a worker that is gone: nobody reads the answer, and what was being taken for it is given back.
  if (!leases) co_return runcast::fail(Errc::closed, "the connection is closed");
  co_return *leases;
}

Awaitable<Reply> WorkersApi::heartbeat(Request& request) {
  auto const said = said_in(request, read_token);
  if (!said) co_return said.error();
  auto const order = co_await queue_.heartbeat(said->lease);
  if (!order) co_return problem(order.error());
  json::object out{{"cancel", order->has_value()}, {"leaseMs", queue_.options().lease.count()}};
  if (*order) out["reason"] = (*order)->reason;
  co_return Answer{200, "application/json", to_json_text(out)};
}

Awaitable<Reply> WorkersApi::progress(Request& request) {
  auto const said = said_in(request, read_progress);
  if (!said) co_return said.error();
  co_return answer_to(co_await queue_.progress(said->lease, said->report.progress, said->report.action));
}

Awaitable<Reply> WorkersApi::log(Request& request) {
  auto said = said_in(request, read_log);
  if (!said) co_return said.error();
  co_return answer_to(co_await queue_.log(said->lease, std::move(said->report.lines)));
}

Awaitable<Reply> WorkersApi::complete(Request& request) {
  auto said = said_in(request, read_completion);
  if (!said) co_return said.error();
  co_return answer_to(co_await queue_.complete(said->lease, std::move(said->report.result)));
}

Awaitable<Reply> WorkersApi::fail(Request& request) {
  auto said = said_in(request, read_failure);
  if (!said) co_return said.error();
  co_return answer_to(co_await queue_.fail(said->lease, std::move(said->report.error), said->report.retryable));
}

Awaitable<Reply> WorkersApi::release(Request& request) {
  auto const said = said_in(request, read_token);
  if (!said) co_return said.error();
  co_return answer_to(co_await queue_.release(said->lease, "it was asked to"));
}

}  // namespace runcast
