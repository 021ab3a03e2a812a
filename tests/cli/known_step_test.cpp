#include "cli/commands/known_step.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace runcast::cli;

namespace {

// A matrix step that has been expanded, one that has not been yet, and one that never will be.
constexpr auto text = R"({
  "steps": [{"id":"build","status":"running"}, {"id":"done","status":"running"}, {"id":"done[0]","status":"running"},
            {"id":"later","status":"pending"}, {"id":"never","status":"skipped"}],
  "definition": {"steps": [{"id":"build"}, {"id":"done","matrix":{}}, {"id":"later","matrix":{}},
                           {"id":"never","matrix":{}}]}})";

std::string refusal(std::string_view step) {
  auto const known = check_step(boost::json::parse(text).as_object(), step);
  return known ? "" : known.error().message;
}

}  // namespace

TEST_CASE("steps and their instances are known, those that are still to come too") {
  for (auto const* known : {"build", "done", "done[0]", "later", "later[7]", "never"}) CHECK(refusal(known).empty());
  for (auto const* unknown : {"buil", "done[1]", "never[0]", "build[0]", "later[7", "[0]"}) {
    CHECK_FALSE(refusal(unknown).empty());
  }
}

TEST_CASE("who names a step that is not there is told which are") {
  CHECK(refusal("biuld") ==
        "the run has no step 'biuld'; did you mean 'build'?\nIts steps: build, done, done[0], later, never");
  CHECK(refusal("x\x1b[2J").find('\x1b') == std::string::npos);
}

TEST_CASE("of many steps the first are named") {
  boost::json::array steps;
  for (int i = 0; i < 25; ++i) steps.push_back({{"id", "s" + std::to_string(i)}});
  auto const known = check_step({{"steps", steps}}, "other");
  REQUIRE(known.has_error());
  CHECK(known.error().message.ends_with(", s19 and 5 more"));
}
