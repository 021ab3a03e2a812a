#include "model/matrix.hpp"

#include <catch2/catch.hpp>

#include "model/definition.hpp"
#include "tests/model/fake_context.hpp"

using namespace runcast;
namespace json = boost::json;

namespace {

Result<std::vector<json::object>> expanded(std::string const& matrix, FakeContext const& context = {},
                                           std::size_t limit = 100) {
  auto const workflow = parse_definition_text(
      R"({"name":"w","steps":[{"id":"list","run":"ls"},{"id":"each","needs":["list"],"run":"true","matrix":)" + matrix +
      "}]}");
  REQUIRE(workflow.has_value());
  return expand(*workflow->steps[1].matrix, context, limit);
}

std::string text(Result<std::vector<json::object>> const& instances) {
  if (!instances) return "error: " + instances.error().message;
  std::string out;
  for (auto const& each : *instances) out += json::serialize(each);
  return out;
}

FakeContext listing(std::string_view outputs) {
  FakeContext context;
  context.outputs["list"] = json::parse(outputs);
  return context;
}

}  // namespace

TEST_CASE("a matrix is every combination, the last axis fastest") {
  CHECK(text(expanded(R"({"os":["a","b"],"n":[1,2]})")) ==
        R"({"os":"a","n":1}{"os":"a","n":2}{"os":"b","n":1}{"os":"b","n":2})");
}

TEST_CASE("an axis comes from a step's output, as an array or as its text") {
  auto const matrix = R"({"f":"${{ steps.list.outputs.files }}","n":[1]})";
  CHECK(text(expanded(matrix, listing(R"({"files":["x","y"]})"))) == R"({"f":"x","n":1}{"f":"y","n":1})");
  CHECK(text(expanded(matrix, listing(R"({"files":"[\"x\"]"})"))) == R"({"f":"x","n":1})");
  CHECK(text(expanded(matrix, listing(R"({"files":[]})"))).empty());
}

TEST_CASE("a whole matrix comes from a step's output, as objects or as plain items") {
  auto const matrix = R"("${{ steps.list.outputs.all }}")";
  CHECK(text(expanded(matrix, listing(R"({"all":[{"a":1},{"a":2,"b":3}]})"))) == R"({"a":1}{"a":2,"b":3})");
  CHECK(text(expanded(matrix, listing(R"({"all":["x",5]})"))) == R"({"item":"x"}{"item":5})");
}

TEST_CASE("an output that is no array, has bad names or too many items makes no matrix") {
  auto const matrix = R"("${{ steps.list.outputs.all }}")";
  CHECK(text(expanded(matrix, listing("{}"))) == "error: a matrix needs a JSON array");
  CHECK(text(expanded(matrix, listing(R"({"all":"x, y"})"))) ==
        "error: a matrix needs a JSON array, and this is other text");
  CHECK(text(expanded(matrix, listing(R"({"all":[{"a b":1}]})"))) == "error: an axis of the matrix has no good name");
  CHECK(expanded(matrix, listing(R"({"all":[1,2,3]})"), 2).error().code == Errc::too_large);
  CHECK(expanded(R"({"a":[1,2],"b":[1,2]})", {}, 3).error().code == Errc::too_large);
}

TEST_CASE("instances are numbered from zero") { CHECK(instance_id("shards", 2) == "shards[2]"); }
