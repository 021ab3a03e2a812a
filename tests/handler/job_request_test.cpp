#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "handler/job_request.hpp"
#include "model/expression.hpp"
#include "model/template.hpp"
#include "tests/model/fake_context.hpp"

using namespace runcast;

namespace {

Checked<Submission> read(char const* text) { return job_submission(boost::json::parse(text).as_object(), "ann"); }

JobAction const& action_of(Submission const& submission) {
  return std::get<JobAction>(submission.workflow.steps.at(0).action);
}

}  // namespace

TEST_CASE("a job needs nothing, and is a workflow of one step") {
  auto const submission = read("{}").value();
  CHECK(is_lone_job(submission.workflow));
  CHECK(action_of(submission).type == "default");
  CHECK(submission.workflow.steps[0].name == "default");
  CHECK(submission.started_by == "ann");
}

TEST_CASE("a job's name is its workflow's, where it can be one") {
  CHECK(read(R"({"name":"render-7"})")->workflow.name == "render-7");
  CHECK(read(R"({"name":"Render it!"})")->workflow.name == "job");
  CHECK(read(R"({"name":"Render it!"})")->workflow.steps[0].name == "Render it!");
}

TEST_CASE("nothing in a payload is a template, at whatever depth") {
  auto const submission = read(R"({"payload":{"a":["${{ inputs.x }}","$${{ y }}","plain"]}})").value();
  auto const payload = render(action_of(submission).payload, FakeContext());
  REQUIRE(payload.has_value());
  CHECK(*payload == boost::json::parse(R"({"a":["${{ inputs.x }}","$${{ y }}","plain"]})"));
}

TEST_CASE("faults point into what was sent") {
  auto const refused = read(R"({"priority":"high","timeout":-1,"nmae":"x"})");
  REQUIRE(refused.has_error());
  std::vector<std::string> pointers;
  for (auto const& fault : refused.error()) pointers.push_back(fault.pointer);
  std::sort(pointers.begin(), pointers.end());
  CHECK(pointers == std::vector<std::string>{"/nmae", "/priority", "/timeout"});
}
