#include "handler/webhook.hpp"

#include <fmt/format.h>

#include "executor/plan_cache.hpp"
#include "handler/body.hpp"
#include "handler/created_run.hpp"
#include "handler/idempotency.hpp"
#include "handler/signature.hpp"
#include "model/inputs.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

// What tells one delivery from another; a sender repeats it when it tries again.
constexpr std::array delivery_headers{"Idempotency-Key", "X-GitHub-Delivery", "X-Gitea-Delivery"};

Answer unauthorized(std::string_view detail) {
  auto answer = problem(401, detail);
  answer.headers.emplace_back("WWW-Authenticate", "Signature");
  return answer;
}

// Why the request does not count as the secret owner's; nothing where it does.
std::optional<Answer> refusal(WebhookTrigger const& trigger, Secrets const& secrets, Request const& request) {
  auto const secret = secrets.find(trigger.secret);
  if (secret == secrets.end() || secret->second.empty()) {
    return problem(503, fmt::format("this server has no secret '{}' to check the signature with", trigger.secret));
  }
  auto const signature = request.header(trigger.header);
  if (signature.empty()) {
    return unauthorized(fmt::format("the body is to be signed: {}: sha256=HMAC", trigger.header));
  }
  if (!is_signed_with(secret->second, request.body, signature)) {
    return unauthorized(fmt::format("the signature in {} is not one of this body", trigger.header));
  }
  return std::nullopt;
}

std::string delivery_of(Request const& request) {
  for (auto const* name : delivery_headers) {
    if (auto id = request.header(name); !id.empty()) return id;
  }
  return {};
}

Checked<json::object> inputs_of(Workflow const& workflow, json::object body) {
  json::object given;
  auto const& input = workflow.on.webhook->payload_input;
  if (!input.empty()) given[input] = std::move(body);
  return check_inputs(workflow.inputs, given, "");
}

}  // namespace

Awaitable<Reply> WebhookHandler::operator()(Request& request) const {
  auto const row = co_await store_.workflow(request.captures.at(0));
  if (!row) co_return problem(row.error());
  auto const plan = executor_.plans().plan_of(row->definition_json);
  if (!plan) co_return problem(409, "the stored definition is not valid for this version of the program");
  auto const& workflow = (*plan)->workflow();
  if (!workflow.on.webhook) co_return problem(404, fmt::format("the workflow {} has no webhook", row->name));
  if (auto refused = refusal(*workflow.on.webhook, executor_.secrets(), request)) co_return std::move(*refused);
  if (request.header("X-GitHub-Event") == "ping") co_return Answer{200, "application/json", R"({"status":"pong"})"};

  auto body = json_object_body(request, true);
  if (!body) co_return body.error();
  auto inputs = inputs_of(workflow, std::move(*body));
  if (!inputs) co_return problem(400, "the run cannot be started", inputs.error());
  auto const delivery = delivery_of(request);
  if (!is_idempotency_key(delivery)) co_return problem(400, unusable_key);
  Submission submission;
  submission.plan = *plan;
  submission.definition_json = row->definition_json;
  submission.inputs = std::move(*inputs);
  submission.version = row->version;
  submission.started_by = delivery.empty() ? "webhook" : fmt::format("webhook {}", delivery);
  auto const key = delivery.empty() ? std::string() : fmt::format("webhook {} {}", row->name, delivery);
  submission.idempotency_key = key;
  submission.fingerprint = fingerprint_of(request);
  auto const id = co_await executor_.submit(std::move(submission));
  if (!id) co_return problem(id.error());
  co_return co_await created_run(store_, *id, key);
}

}  // namespace runcast
