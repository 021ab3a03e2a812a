#include "model/inputs.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "model/definition.hpp"

using namespace runcast;
namespace json = boost::json;

namespace {

std::vector<InputSpec> specs_of(std::string const& inputs) {
  auto workflow = parse_definition_text(R"({"name":"w","steps":[{"id":"a","run":"true"}],"inputs":)" + inputs + "}");
  REQUIRE(workflow.has_value());
  return workflow->inputs;
}

Checked<json::object> checked(std::string const& specs, std::string_view given) {
  return check_inputs(specs_of(specs), json::parse(given).as_object());
}

Faults faults(std::string const& specs, std::string_view given) {
  auto const result = checked(specs, given);
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

}  // namespace

TEST_CASE("defaults fill what is not given") {
  auto const inputs =
      checked(R"({"a":{"default":"x","required":true},"b":{"type":"integer"},"c":{"default":"y"}})", R"({"c":"z"})");
  REQUIRE(inputs.has_value());
  CHECK(json::serialize(*inputs) == R"({"a":"x","c":"z"})");
}

TEST_CASE("every wrong input is told at its place") {
  auto const found = faults(R"({"version":{"required":true},"count":{"type":"integer"},"level":{"enum":["lo","hi"]}})",
                            R"({"verison":"1","count":1.5,"level":"mid"})");
  CHECK(found == Faults{{"/inputs/version", "is missing: a string"},
                        {"/inputs/count", "expected a whole number, found a number"},
                        {"/inputs/level", "expected one of lo, hi, found mid"},
                        {"/inputs/verison", "unknown key 'verison'; did you mean 'version'?"}});
}

TEST_CASE("each type takes its own values and no other") {
  auto const fits = [](std::string_view type, std::string_view value) {
    return checked(fmt::format(R"({{"x":{{"type":"{}"}}}})", type), fmt::format(R"({{"x":{}}})", value)).has_value();
  };
  std::vector<std::string_view> const values{R"("s")", "1.5", "2", "true", "{}", "[]", "null"};
  auto const accepted = [&](std::string_view type) {
    std::string out;
    for (auto const value : values) out += fits(type, value) ? 'y' : '-';
    return out;
  };
  CHECK(accepted("string") == "y------");
  CHECK(accepted("number") == "-yy----");
  CHECK(accepted("integer") == "--y----");
  CHECK(accepted("boolean") == "---y---");
  CHECK(accepted("object") == "----y--");
  CHECK(accepted("array") == "-----y-");
}

TEST_CASE("numbers match a choice by value") {
  CHECK(checked(R"({"n":{"type":"number","enum":[1,2.5]}})", R"({"n":1.0})").has_value());
}

TEST_CASE("an input that no environment can hold is refused") {
  CHECK(faults(R"({"s":{}})", R"({"s":"a\u0000b"})") == Faults{{"/inputs/s", "must not contain a NUL character"}});
  auto const large = fmt::format(R"({{"s":"{}"}})", std::string(200'000, 'x'));
  CHECK(faults(R"({"s":{}})", large) == Faults{{"/inputs/s", "is 200000 bytes long, the most is 131063"}});
}

TEST_CASE("inputs and matrix values become variables in capitals") {
  auto const variables = variables_for("INPUT_", json::parse(R"({"dry-run":true,"n":3,"list":[1]})").as_object());
  REQUIRE(variables.size() == 3);
  CHECK(variables[0].name == "INPUT_DRY_RUN");
  CHECK(variables[0].value == "true");
  CHECK(variables[1].value == "3");
  CHECK(variables[2].value == "[1]");
}
