#include "handler/job_request.hpp"

#include <array>

#include <fmt/format.h>
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/serialize.hpp>

#include "model/definition.hpp"
#include "model/job.hpp"
#include "model/json_reader.hpp"
#include "model/names.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::string_view default_type = "default";
constexpr std::array<std::string_view, 4> job_members{"type", "payload", "priority", "requirements"};
constexpr std::array<std::string_view, 2> step_members{"retry", "timeout"};
constexpr std::size_t max_faults = 1000;

// So that a definition gives the value back as it is. The parser has bounded its depth.
json::value without_templates(json::value value) {
  if (auto* text = value.if_string()) {
    std::string escaped(*text);
    boost::algorithm::replace_all(escaped, "${{", "$${{");
    *text = escaped;
  } else if (auto* items = value.if_array()) {
    for (auto& item : *items) item = without_templates(std::move(item));
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) member.value() = without_templates(std::move(member.value()));
  }
  return value;
}

// `/steps/0/job/priority`, in the definition that was made of it, is `/priority` in the body.
void point_into_body(Faults& faults) {
  for (auto& fault : faults) {
    for (std::string_view const made : {"/steps/0/job", "/steps/0"}) {
      if (!fault.pointer.starts_with(made)) continue;
      fault.pointer.erase(0, made.size());
      break;
    }
  }
}

}  // namespace

Checked<Submission> job_submission(json::object const& body, std::string submitted_by) {
  FaultLog log(max_faults);
  JsonMembers members(body, Place(""), log);
  json::object job{{"type", default_type}};
  for (auto const member : job_members) {
    if (auto const node = members.get(member)) job[member] = node->value();
  }
  if (auto* payload = job.if_contains("payload")) *payload = without_templates(std::move(*payload));
  auto const name = members.get("name");
  json::object step{{"id", lone_job_step}, {"name", name ? name->value() : job["type"]}, {"job", std::move(job)}};
  for (auto const member : step_members) {
    if (auto const node = members.get(member)) step[member] = node->value();
  }
  members.refuse_others();

  auto const* text = step.at("name").if_string();
  json::string const workflow_name = text && is_workflow_name(*text) ? *text : json::string(lone_job_step);
  json::object const definition{{"name", workflow_name}, {"steps", json::array{std::move(step)}}};
  auto workflow = parse_definition(definition);
  auto faults = log.take();
  if (!workflow) {
    auto more = workflow.error();
    point_into_body(more);
    faults.insert(faults.end(), more.begin(), more.end());
  }
  if (!faults.empty()) return faults;
  Submission submission;
  submission.workflow = std::move(*workflow);
  submission.definition_json = json::serialize(definition);
  submission.started_by = std::move(submitted_by);
  return submission;
}

Awaitable<Result<void>> cancel_job(Executor& executor, JobRow job, std::string by) {
  if (has_ended(job.status)) {
    co_return fail(Errc::conflict, fmt::format("the job is {} already", to_string(job.status)));
  }
  bool const lone = job.id == job.key.run.str();
  co_return co_await executor.cancel(job.key.run, lone ? std::string() : job.key.step, std::move(by));
}

}  // namespace runcast
