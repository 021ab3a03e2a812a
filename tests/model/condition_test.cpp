#include <catch2/catch.hpp>

#include "model/workflow.hpp"
#include "tests/model/fake_context.hpp"

using namespace runcast;

namespace {

Condition condition(std::string_view text) { return {Condition::Kind::expression, *Expression::parse(text)}; }

FakeContext after_failure() {
  FakeContext context;
  context.succeeded = false;
  context.failed = true;
  context.statuses = {{"unit", StepStatus::failed}};
  context.inputs["publish"] = true;
  return context;
}

}  // namespace

TEST_CASE("without a condition a step runs when all that it needs has succeeded") {
  CHECK(Condition{}.holds(FakeContext{}));
  CHECK_FALSE(Condition{}.holds(after_failure()));
}

TEST_CASE("failure and always run after a failure") {
  CHECK(Condition{Condition::Kind::failure, {}}.holds(after_failure()));
  CHECK_FALSE(Condition{Condition::Kind::failure, {}}.holds(FakeContext{}));
  CHECK(Condition{Condition::Kind::always, {}}.holds(after_failure()));
}

TEST_CASE("an expression about inputs alone asks for success besides") {
  auto context = after_failure();
  CHECK_FALSE(condition("inputs.publish").holds(context));
  context.succeeded = true;
  CHECK(condition("inputs.publish").holds(context));
}

TEST_CASE("an expression about fates or statuses decides alone") {
  CHECK(condition("steps.unit.status == 'failed'").holds(after_failure()));
  CHECK(condition("failure() && inputs.publish").holds(after_failure()));
  CHECK_FALSE(condition("success && inputs.publish").holds(after_failure()));
}
