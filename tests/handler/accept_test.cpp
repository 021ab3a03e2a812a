#include "handler/accept.hpp"

#include <array>

#include <catch2/catch.hpp>

namespace runcast {
namespace {

constexpr std::array<std::string_view, 2> offered{"application/json", "text/plain"};

std::string chosen(std::string_view accept) { return std::string(preferred_type(accept, offered).value_or("nothing")); }

}  // namespace

TEST_CASE("who names no type gets the first that is offered") {
  CHECK(chosen("") == "application/json");
  CHECK(chosen("*/*") == "application/json");
  CHECK(chosen(" , ;q=1,,") == "application/json");
}

TEST_CASE("a type that is named is preferred to one that is not, whatever its case") {
  CHECK(chosen("text/plain") == "text/plain");
  CHECK(chosen("Text/Plain; charset=utf-8") == "text/plain");
  CHECK(chosen("text/*") == "text/plain");
  CHECK(chosen("text/html, text/plain") == "text/plain");
}

TEST_CASE("of types with one weight the first that is named is preferred") {
  CHECK(chosen("application/json, text/plain, */*") == "application/json");
  CHECK(chosen("text/plain, application/json") == "text/plain");
  CHECK(chosen("text/plain, */*") == "text/plain");
  CHECK(chosen("*/*, text/plain") == "text/plain");
}

TEST_CASE("a greater weight is preferred") {
  CHECK(chosen("application/json;q=0.5, text/plain") == "text/plain");
  CHECK(chosen("text/plain;q=0.1, application/json;q=0.2") == "application/json");
  CHECK(chosen("text/html,application/xhtml+xml,*/*;q=0.8") == "application/json");
}

TEST_CASE("the most specific range gives a type its weight") {
  CHECK(chosen("*/*, application/json;q=0.1") == "text/plain");
  CHECK(chosen("text/*, text/plain;q=0, */*;q=0.1") == "application/json");
}

TEST_CASE("a type with the weight 0 is refused") {
  CHECK(chosen("text/plain;q=0") == "nothing");
  CHECK(chosen("text/plain;q=0, */*") == "application/json");
  CHECK(chosen("*/*;q=0") == "nothing");
  CHECK(chosen("image/png") == "nothing");
}

TEST_CASE("a weight that is none counts as 1") {
  CHECK(chosen("text/plain;q=high") == "text/plain");
  CHECK(chosen("text/plain;q=7, application/json;q=0.9") == "text/plain");
  CHECK(chosen("text/plain;q=nan") == "text/plain");
}

}  // namespace runcast
