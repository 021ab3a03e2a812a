#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "executor/plan_cache.hpp"
#include "handler/job_request.hpp"
#include "model/expression.hpp"
#include "model/inputs.hpp"
#include "model/template.hpp"
#include "tests/model/fake_context.hpp"

using namespace runcast;

namespace {

Checked<Submission> read(char const* text) {
  static PlanCache plans;
  return job_submission(boost::json::parse(text).as_object(), "ann", plans);
}

Step const& step_of(Submission const& submission) { return submission.plan->workflow().steps.at(0); }

JobAction const& action_of(Submission const& submission) { return std::get<JobAction>(step_of(submission).action); }

}  // namespace

TEST_CASE("a job needs nothing, and is a workflow of one step") {
  auto const submission = read("{}").value();
  CHECK(is_lone_job(submission.plan->workflow()));
  CHECK(action_of(submission).type == "default");
  CHECK(step_of(submission).name == "default");
  CHECK(submission.started_by == "ann");
}

TEST_CASE("a job's name is its workflow's, where it can be one") {
  CHECK(read(R"({"name":"render-7"})")->plan->workflow().name == "render-7");
  CHECK(read(R"({"name":"Render it!"})")->plan->workflow().name == "job");
  CHECK(step_of(*read(R"({"name":"Render it!"})")).name == "Render it!");
}

TEST_CASE("nothing in a payload is a template, whatever it is") {
  for (auto const* text : {R"({"a":["${{ inputs.x }}","$${{ y }}","plain"]})", R"("${{ inputs.x }}")", "[1,2]", "7",
                           "-0.5", "true", "null"}) {
    CAPTURE(text);
    auto const submission = read(fmt::format(R"({{"payload":{}}})", text).c_str()).value();
    FakeContext context;
    context.inputs = submission.inputs;
    auto const payload = render(action_of(submission).payload, context);
    REQUIRE(payload.has_value());
    CHECK(*payload == boost::json::parse(text));
    CHECK(boost::json::parse(new_job(RunId(next_ulid()), submission).payload) == boost::json::parse(text));
    CHECK(check_inputs(submission.plan->workflow().inputs, submission.inputs).value() == submission.inputs);
  }
}

TEST_CASE("jobs that differ in their payload alone have one plan") {
  auto const one = read(R"({"type":"render","payload":{"scene":1}})").value();
  auto const other = read(R"({"type":"render","payload":{"scene":2}})").value();
  CHECK(one.plan == other.plan);
  CHECK(one.definition_json == other.definition_json);
}

TEST_CASE("faults point into what was sent") {
  auto const refused = read(R"({"priority":"high","timeout":-1,"nmae":"x"})");
  REQUIRE(refused.has_error());
  std::vector<std::string> pointers;
  for (auto const& fault : refused.error()) pointers.push_back(fault.pointer);
  std::sort(pointers.begin(), pointers.end());
  CHECK(pointers == std::vector<std::string>{"/nmae", "/priority", "/timeout"});
}
