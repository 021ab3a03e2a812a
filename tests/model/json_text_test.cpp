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

TEST_CASE("whatever stands anywhere in a text of any length is written so that it reads back") {
  std::vector<std::string> odd{
      "\"", "\\", "\x7f", " ", "!", "#", "[", "]", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
  for (char c = 0; c < 0x20; ++c) odd.emplace_back(1, c);
  for (auto const& each : odd) {
    for (std::size_t size = 0; size <= 26; ++size) {
      for (std::size_t at = 0; at <= size; ++at) {
        auto const text = std::string(size, 'a').insert(at, each);
        std::string written;
        append_json_string(written, text);
        REQUIRE(boost::json::parse(written).as_string() == text);
      }
    }
  }
}

TEST_CASE("a byte that is no UTF-8 is replaced, wherever it stands") {
  for (std::size_t size = 0; size <= 26; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      for (char const* byte : {"\x80", "\xC3", "\xFF"}) {
        std::string written;
        append_json_string(written, std::string(size, 'a').insert(at, byte));
        REQUIRE(written == "\"" + std::string(size, 'a').insert(at, "\xEF\xBF\xBD") + "\"");
      }
    }
  }
}
