#include <boost/json/object.hpp>

#include "feed/render.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

// One job's message: its type, its members, when it happened.
ClientMessage message(Event const& event, std::string_view type, events::JobMark const& job, json::object&& members) {
  json::object text{{"type", type}, {"job_id", job.id}};
  for (auto& member : members) text.insert(std::move(member));
  text.emplace("timestamp", to_epoch_ms(event.time));
  return {job.id, to_json_text(text)};
}

using Told = std::optional<ClientMessage>;

Told tell(Event const& event, events::JobSubmitted const& submitted) {
  if (submitted.job.was) return std::nullopt;
  return message(event, "job_accepted", submitted.job, {{"status", "queued"}});
}

Told tell(Event const& event, events::JobAssigned const& assigned) {
  return message(event, "job_assigned", assigned.job, {{"worker_id", assigned.worker_id}});
}

Told tell(Event const& event, events::StepProgress const& progress) {
  if (!progress.job) return std::nullopt;
  json::object members{{"worker_id", progress.job->worker_id}, {"progress", progress.progress}};
  if (progress.text) members["action"] = *progress.text;
  return message(event, "update_job_progress", *progress.job, std::move(members));
}

Told tell(Event const& event, events::StepComplete const& ended) {
  if (!ended.job) return std::nullopt;
  json::object result;
  if (job_status_after(ended) == JobStatus::completed) {
    result = {{"status", "success"}, {"data", ended.outputs.value_or(json::object())}};
  } else {
    result = {{"status", "failed"}, {"error", job_error(ended)}};
  }
  json::object members;
  if (!ended.job->worker_id.empty()) members["worker_id"] = ended.job->worker_id;
  members["result"] = std::move(result);
  return message(event, "complete_job", *ended.job, std::move(members));
}

template <class Other>
Told tell(Event const&, Other const&) {
  return std::nullopt;
}

}  // namespace

std::optional<ClientMessage> client_message(Event const& event) {
  if (event.type == EventType::other) return std::nullopt;
  return std::visit([&](auto const& payload) { return tell(event, payload); }, event.payload);
}

}  // namespace runcast
