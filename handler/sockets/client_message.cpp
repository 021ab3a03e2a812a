#include "handler/sockets/client_message.hpp"

namespace runcast {
namespace {

constexpr std::array<std::string_view, 5> types{"submit_job", "get_job_status", "subscribe_to_events", "unsubscribe",
                                                "cancel_job"};

// `job_type` is what is called `type` where a message has no type of its own.
SubmitJob read_submit(JsonMembers& members) {
  SubmitJob submit;
  if (auto const type = members.require("job_type")) submit.body["type"] = type->value();
  for (std::string_view const name : {"name", "payload", "priority", "requirements", "retry", "timeout"}) {
    auto const node = members.get(name);
    if (node && !node->value().is_null()) submit.body[name] = node->value();
  }
  return submit;
}

std::string read_job(JsonMembers& members) {
  auto const job = members.require("job_id");
  return std::string(job ? job->text().value_or("") : "");
}

}  // namespace

Checked<ClientRequest> parse_client_request(SocketMessage const& message) {
  FaultLog log(20);
  JsonMembers members(message.members, Place(""), log);
  ClientRequest request;
  if (message.type == "submit_job") {
    request = read_submit(members);
  } else if (message.type == "get_job_status") {
    request = GetJobStatus{read_job(members)};
  } else if (message.type == "subscribe_to_events") {
    auto const jobs = members.require("job_ids");
    request = FollowJobs{jobs ? read_strings(*jobs, most_followed_jobs) : std::vector<std::string>()};
  } else if (message.type == "unsubscribe") {
    auto const jobs = members.get("job_ids");
    request = LeaveJobs{jobs ? std::optional(read_strings(*jobs, most_followed_jobs)) : std::nullopt};
  } else if (message.type == "cancel_job") {
    request = CancelJob{read_job(members)};
  } else {
    return unknown_type(message.type, types);
  }
  if (!log.empty()) return log.take();
  return request;
}

}  // namespace runcast
