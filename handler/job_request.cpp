#include "handler/job_request.hpp"

#include <array>

#include <fmt/format.h>

#include "executor/plan_cache.hpp"
#include "model/inputs.hpp"
#include "model/job.hpp"
#include "model/json_reader.hpp"
#include "model/json_text.hpp"
#include "model/names.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::string_view default_type = "default";
constexpr std::string_view payload_input = "payload";
constexpr std::array<std::string_view, 3> job_members{"type", "priority", "requirements"};
constexpr std::array<std::string_view, 2> step_members{"retry", "timeout"};
constexpr std::size_t max_faults = 1000;

// The type of input that takes this value; null is none, as a payload that is not there.
std::optional<InputType> input_type_of(json::value const& value) {
  switch (value.kind()) {
    case json::kind::null:
      return std::nullopt;
    case json::kind::bool_:
      return InputType::boolean;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return InputType::number;
    case json::kind::string:
      return InputType::string;
    case json::kind::array:
      return InputType::array;
    case json::kind::object:
      return InputType::object;
  }
  return std::nullopt;
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

// The payload is an input, so that jobs which differ in nothing else have one definition, which is stored and read
// once.
Checked<Submission> job_submission(json::object const& body, std::string submitted_by, PlanCache& plans) {
  FaultLog log(max_faults);
  JsonMembers members(body, Place(""), log);
  Submission submission;
  json::object job{{"type", default_type}};
  for (auto const member : job_members) {
    if (auto const node = members.get(member)) job[member] = node->value();
  }
  json::object inputs;
  auto const payload = members.get("payload");
  if (auto const type = payload ? input_type_of(payload->value()) : std::nullopt) {
    inputs[payload_input] = {{"type", to_string(*type)}};
    job["payload"] = fmt::format("${{{{ inputs.{} }}}}", payload_input);
    submission.inputs[payload_input] = payload->value();
  }
  auto const name = members.get("name");
  json::object step{{"id", lone_job_step}, {"name", name ? name->value() : job["type"]}, {"job", std::move(job)}};
  for (auto const member : step_members) {
    if (auto const node = members.get(member)) step[member] = node->value();
  }
  members.refuse_others();

  auto const* text = step.at("name").if_string();
  json::string const workflow_name = text && is_workflow_name(*text) ? *text : json::string(lone_job_step);
  json::object definition{{"name", workflow_name}};
  if (!inputs.empty()) definition["inputs"] = std::move(inputs);
  definition["steps"] = json::array{std::move(step)};
  submission.definition_json = to_json_text(definition);
  auto plan = plans.plan_of(submission.definition_json, DefinitionLimits());
  auto faults = log.take();
  if (!plan) {
    auto more = plan.error();
    point_into_body(more);
    faults.insert(faults.end(), more.begin(), more.end());
  }
  if (!faults.empty()) return faults;
  submission.plan = std::move(*plan);
  submission.started_by = std::move(submitted_by);
  return submission;
}

JobRow new_job(RunId const& run, Submission const& submission) {
  auto const& step = submission.plan->workflow().steps.front();
  auto const& action = std::get<JobAction>(step.action);
  auto const* payload = submission.inputs.if_contains(payload_input);
  return {.key = {run, std::string(lone_job_step)},
          .id = run.str(),
          .type = action.type,
          .name = step.name,
          .priority = action.priority,
          .requirements = to_json_text(action.requirements),
          .payload = payload ? to_json_text(*payload) : "null",
          .worker = {},
          .error = {},
          .submitted = submission.time};
}

Awaitable<Result<void>> cancel_job(Executor& executor, JobRow job, std::string by) {
  if (has_ended(job.status)) {
    co_return fail(Errc::conflict, fmt::format("the job is {} already", to_string(job.status)));
  }
  bool const lone = job.id == job.key.run.str();
  co_return co_await executor.cancel(job.key.run, lone ? std::string() : job.key.step, std::move(by));
}

}  // namespace runcast
