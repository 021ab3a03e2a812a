#include "model/json_parse.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace runcast;

namespace {

Fault fault(std::string_view text, JsonLimits const& limits = {}) {
  auto const parsed = parse_json(text, limits);
  REQUIRE_FALSE(parsed.has_value());
  REQUIRE(parsed.error().size() == 1);
  return parsed.error().front();
}

}  // namespace

TEST_CASE("a JSON text becomes its value, with escapes, numbers and nesting") {
  auto const* text = R"({"a":[1,-2,18446744073709551615,true,false,null,"\u00e4\n"],"b\"":{}})";
  auto const parsed = parse_json(text);
  REQUIRE(parsed.has_value());
  CHECK(boost::json::serialize(*parsed) ==
        "{\"a\":[1,-2,18446744073709551615,true,false,null,\"\xc3\xa4\\n\"],\"b\\\"\":{}}");
}

TEST_CASE("a syntax error tells its line and column") {
  CHECK(fault("{\n  \"a\": 1,\n  \"b\" 2\n}").message == "not JSON: syntax error at line 3, column 7");
  CHECK(fault("").message == "not JSON: incomplete JSON at line 1, column 1");
  CHECK(fault("[1] x").message == "not JSON: extra data at line 1, column 5");
  CHECK(fault("[\"\xc3\xa4\", x]").message == "not JSON: syntax error at line 1, column 7");
  CHECK(fault("{\"a\":1,}").pointer.empty());
}

TEST_CASE("a key that is there twice is told at its place, however it is written") {
  CHECK(fault(R"({"a":1,"\u0061":2})") == Fault{"/a", "the key 'a' is there twice"});
  CHECK(fault(R"({"s":[{},{"x/y":1,"x/y":2}]})") == Fault{"/s/1/x~1y", "the key 'x/y' is there twice"});
  CHECK(parse_json(R"([{"a":1},{"a":1}])").has_value());
}

TEST_CASE("a number that no double holds is told at its place, as it could not be written again") {
  auto const refused = parse_json(R"({"a":[1,{"b":1e400}],"c":-1e999})");
  REQUIRE(refused.has_error());
  CHECK(refused.error().at(0).pointer == "/a/1/b");
  CHECK(refused.error().at(1).pointer == "/c");
  CHECK(parse_json("1e308").has_value());
  CHECK(parse_json("1e-999").value() == boost::json::value(0.0));
  CHECK(parse_json_value(R"({"a":[1e400]})").error().code == Errc::invalid);
  CHECK(parse_json_value(R"({"a":1,"a":2})").value().at("a") == 2);
  CHECK(parse_json_value("[").has_error());
}

TEST_CASE("size and depth are bounded") {
  CHECK(fault("[[[[1]]]]", {100, 3}).message == "nested deeper than 3 levels at line 1, column 4");
  CHECK(fault(std::string(1000, '['), {10'000, 64}).message.starts_with("nested deeper than 64 levels"));
  CHECK(fault("[1,2,3]", {5, 64}).message == "is 7 bytes long, the most is 5");
}
