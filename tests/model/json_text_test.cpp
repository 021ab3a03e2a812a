#include "model/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace runcast;

namespace {

std::string rewritten(std::string_view text) { return to_json_text(boost::json::parse(text)); }

}  // namespace

TEST_CASE("a value is written as JSON in one line") {
  for (auto const* text : {"{}", "[]", "null", "true", "false", "\"\"", R"({"a":{"b":[1,{"":[]}],"c":{}},"d":-7})",
                           R"(["\"\\\n\u0001/ü"])", "[-9223372036854775808,18446744073709551615]"}) {
    CHECK(rewritten(text) == text);
  }
  CHECK(rewritten(" { \"b\" : 1 , \"a\" : [ ] } ") == R"({"b":1,"a":[]})");
}

TEST_CASE("numbers are written as people write them, and stay what they are") {
  for (auto const* number :
       {"0.5", "0.1", "-2.25", "1.0", "-0.0", "1e+21", "1e-07", "12345.678", "1.7976931348623157e+308"}) {
    CHECK(rewritten(number) == number);
    CHECK(boost::json::parse(rewritten(number)).is_double());
  }
  CHECK(rewritten("5E-1") == "0.5");
  CHECK(rewritten("1e2") == "100.0");
}
