#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "queue/requirements.hpp"

using namespace runcast;

namespace {

bool fits(char const* capabilities, char const* requirements) {
  return satisfies(boost::json::parse(capabilities).as_object(), boost::json::parse(requirements).as_object());
}

}  // namespace

TEST_CASE("who asks for nothing gets anybody") {
  CHECK(fits("{}", "{}"));
  CHECK(fits(R"({"gpu":true})", "{}"));
}

TEST_CASE("a capability must be there, and be the same or enough") {
  CHECK_FALSE(fits("{}", R"({"gpu":true})"));
  CHECK(fits(R"({"gpu":true})", R"({"gpu":true})"));
  CHECK_FALSE(fits(R"({"gpu":false})", R"({"gpu":true})"));
  CHECK(fits(R"({"memory":32})", R"({"memory":16})"));
  CHECK(fits(R"({"memory":16.0})", R"({"memory":16})"));
  CHECK_FALSE(fits(R"({"memory":8})", R"({"memory":16})"));
  CHECK_FALSE(fits(R"({"memory":"32"})", R"({"memory":16})"));
  CHECK_FALSE(fits(R"({"os":"linux"})", R"({"os":"darwin"})"));
}

TEST_CASE("a list of capabilities meets each of its items, and a list of requirements asks for all of them") {
  CHECK(fits(R"({"models":["sd","flux"]})", R"({"models":"sd"})"));
  CHECK(fits(R"({"models":["sd","flux"]})", R"({"models":["flux","sd"]})"));
  CHECK_FALSE(fits(R"({"models":["sd"]})", R"({"models":["flux","sd"]})"));
  CHECK(fits(R"({"memory":[8,32]})", R"({"memory":16})"));
}

TEST_CASE("objects are met member by member") {
  CHECK(fits(R"({"gpu":{"count":2,"vendor":"x"}})", R"({"gpu":{"count":1}})"));
  CHECK_FALSE(fits(R"({"gpu":{"count":2}})", R"({"gpu":{"count":1,"vendor":"x"}})"));
  CHECK_FALSE(fits(R"({"gpu":true})", R"({"gpu":{"count":1}})"));
}
