#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "cli/document/indented_json.hpp"

using namespace runcast::cli;
namespace json = boost::json;

TEST_CASE("JSON is indented, arrays of scalars stay in their line") {
  auto const value = json::parse(R"({"a":{"b":[1,"x",null,true],"c":[{"d":1.5},[2]],"e":{},"f":[]},"g\"":"\n"})");
  CHECK(indented_json(value) ==
        "{\n"
        "  \"a\": {\n"
        "    \"b\": [1, \"x\", null, true],\n"
        "    \"c\": [\n"
        "      {\n"
        "        \"d\": 1.5\n"
        "      },\n"
        "      [2]\n"
        "    ],\n"
        "    \"e\": {},\n"
        "    \"f\": []\n"
        "  },\n"
        "  \"g\\\"\": \"\\n\"\n"
        "}");
  CHECK(json::parse(indented_json(value)) == value);
}
