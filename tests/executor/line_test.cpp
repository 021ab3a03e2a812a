#include "executor/line.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

namespace {

void check_line(std::string_view line, Level level, std::string_view text) {
  CAPTURE(line);
  auto const said = parse_line(line, Level::warn);
  REQUIRE(std::holds_alternative<SaidLine>(said));
  CHECK(std::get<SaidLine>(said).level == level);
  CHECK(std::get<SaidLine>(said).text == text);
}

void check_progress(std::string_view line, double progress, std::string_view text) {
  CAPTURE(line);
  auto const said = parse_line(line, Level::info);
  REQUIRE(std::holds_alternative<SaidProgress>(said));
  CHECK(std::get<SaidProgress>(said).progress == progress);
  CHECK(std::get<SaidProgress>(said).text == text);
}

}  // namespace

TEST_CASE("a line has the level that it names, or that of its stream") {
  check_line("::debug::a", Level::debug, "a");
  check_line("::info::a::b", Level::info, "a::b");
  check_line("::warn::", Level::warn, "");
  check_line("::error:: a", Level::error, " a");
  check_line("plain", Level::warn, "plain");
  check_line("", Level::warn, "");
  check_line("::nothing::a", Level::warn, "::nothing::a");
  check_line("::debug:a", Level::warn, "::debug:a");
  check_line(" ::debug::a", Level::warn, " ::debug::a");
}

TEST_CASE("a progress line has a number and maybe a text") {
  check_progress("::progress::0.42 half way", 0.42, "half way");
  check_progress("::progress::1", 1, "");
  check_progress("::progress::7 too much", 1, "too much");
  check_progress("::progress::-1", 0, "");
  check_line("::progress::nan", Level::warn, "::progress::nan");
  check_line("::progress::0.5x", Level::warn, "::progress::0.5x");
  check_line("::progress::", Level::warn, "::progress::");
}

TEST_CASE("outputs are lines of name=value, or one JSON object") {
  CHECK(parse_outputs("a=1\r\n\nb=x=y\na=2").value() == boost::json::object{{"a", "2"}, {"b", "x=y"}});
  CHECK(parse_outputs("").value().empty());
  CHECK(parse_outputs(" {\"a\": [1, null]}\n").value() == boost::json::object{{"a", {1, nullptr}}});
}

TEST_CASE("outputs that are neither are refused with their place") {
  CHECK(parse_outputs("a=1\nnonsense").error().message == "line 2 of $RUN_OUTPUT is not name=value");
  CHECK_FALSE(parse_outputs("9=1").has_value());
  CHECK_FALSE(parse_outputs("{\"a\":1").has_value());
  CHECK_FALSE(parse_outputs("{\"a b\":1}").has_value());
}
