#include "cli/worker/server_link.hpp"

#include <fmt/format.h>
#include <boost/json/value_from.hpp>

#include "cli/net/json_members.hpp"
#include "cli/options.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

constexpr Millis answer_time{10'000};

std::vector<HeldJob> jobs_of(json::object const& answer) {
  std::vector<HeldJob> jobs;
  for (auto const& item : array_of(answer, "jobs")) {
    auto const* object = item.if_object();
    if (!object) continue;
    HeldJob job;
    job.id = text_of(*object, "id");
    job.type = text_of(*object, "type");
    job.run = text_of(*object, "runId");
    job.step = text_of(*object, "stepId");
    job.token = number_of(*object, "token").value_or(0);
    job.attempt = number_of(*object, "attempt").value_or(0);
    auto const* payload = object->if_contains("payload");
    job.payload = payload ? to_json_text(*payload) : "null";
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace

ServerLink::ServerLink(ServerUrl server, std::string token, WorkerProfile profile)
    : client_(std::move(server), std::move(token)), profile_(std::move(profile)) {}

std::string ServerLink::path(std::string_view rest) const {
  return fmt::format("/api/workers/{}{}", percent_encode(profile_.id), rest);
}

Awaitable<OrRefusal<json::object>> ServerLink::post(std::string path, json::object body, Millis timeout) {
  ApiCall const call{.method = "POST", .path = std::move(path), .body = to_json_text(body)};
  auto const answer = co_await client_.send(call, timeout);
  if (!answer) co_return no_server(answer.error());
  if (!answer->ok()) co_return refused(*answer);
  co_return parse_answer(answer->body);
}

Awaitable<OrRefusal<std::vector<HeldJob>>> ServerLink::enter() {
  json::object body{{"machineId", profile_.machine},
                    {"hostname", profile_.hostname},
                    {"types", json::value_from(profile_.types)},
                    {"capabilities", profile_.capabilities},
                    {"concurrency", profile_.concurrency}};
  auto const answer = co_await post(path("/register"), std::move(body), answer_time);
  if (!answer) co_return answer.error();
  lease_ = Millis{number_of(*answer, "leaseMs").value_or(lease_.count())};
  heartbeat_ = Millis{number_of(*answer, "heartbeatMs").value_or(heartbeat_.count())};
  co_return jobs_of(*answer);
}

Awaitable<OrRefusal<std::vector<HeldJob>>> ServerLink::claim(std::size_t max, Millis wait) {
  json::object body{{"max", max}, {"waitMs", wait.count()}};
  auto const answer = co_await post(path("/claim"), std::move(body), wait + answer_time);
  if (!answer) co_return answer.error();
  co_return jobs_of(*answer);
}

Awaitable<> ServerLink::leave() { co_await client_.send({.method = "DELETE", .path = path("")}, answer_time); }

Awaitable<Verdict> ServerLink::heartbeat(HeldJob const& job) {
  ApiCall const call{.method = "POST",
                     .path = path(fmt::format("/jobs/{}/heartbeat", percent_encode(job.id))),
                     .body = to_json_text(json::object{{"token", job.token}})};
  auto const answer = co_await client_.send(call, answer_time);
  if (!answer || answer->status >= 500 || answer->status == 429) co_return Verdict::no_answer;
  if (!answer->ok()) co_return Verdict::lost;
  auto const told = parse_answer(answer->body);
  auto const* cancel = told ? told->if_contains("cancel") : nullptr;
  co_return cancel && cancel->is_bool() && cancel->get_bool() ? Verdict::stop : Verdict::fine;
}

Awaitable<Verdict> ServerLink::tell(HeldJob const& job, std::string_view what, json::object body) {
  body["token"] = job.token;
  ApiCall const call{.method = "POST",
                     .path = path(fmt::format("/jobs/{}/{}", percent_encode(job.id), what)),
                     .body = to_json_text(body)};
  auto const answer = co_await client_.send(call, answer_time);
  if (!answer || answer->status >= 500 || answer->status == 429) co_return Verdict::no_answer;
  if (answer->ok()) co_return Verdict::fine;
  co_return answer->status == 409 || answer->status == 404 ? Verdict::lost : Verdict::refused;
}

}  // namespace runcast::cli
