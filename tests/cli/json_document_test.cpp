#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "cli/document/document.hpp"

using namespace runcast::cli;

TEST_CASE("every value of a JSON file is found by its pointer") {
  auto const document =
      parse_json_document("{\n  \"näme\": \"a\",\n  \"steps\": [\n    {\"id\": \"b\\\"]\"}, 12\n  ]\n}\n");
  REQUIRE(document.has_value());
  auto const& places = document->places;
  CHECK(places.find("") == TextPlace{1, 1});
  CHECK(places.find("/näme") == TextPlace{2, 3});
  CHECK(places.find("/steps") == TextPlace{3, 3});
  CHECK(places.find("/steps/0") == TextPlace{4, 5});
  CHECK(places.find("/steps/0/id") == TextPlace{4, 6});
  CHECK(places.find("/steps/1") == TextPlace{4, 21});
}

TEST_CASE("columns count characters, not bytes") {
  auto const document = parse_json_document(R"({"é": 1, "b": 2})");
  CHECK(document->places.find("/b") == TextPlace{1, 10});
}

TEST_CASE("what is missing is told at the place of what would hold it") {
  auto const document = parse_json_document("{\"steps\":\n[{}]}");
  CHECK(document->places.find("/steps/0/id") == TextPlace{2, 2});
  CHECK(document->places.find("/nothing/at/all") == TextPlace{1, 1});
}

TEST_CASE("a pointer's ~0 and ~1 lead to keys with ~ and /") {
  auto const document = parse_json_document("{\n\"a/b~c\":1}");
  CHECK(document->places.find("/a~1b~0c") == TextPlace{2, 1});
}

TEST_CASE("a syntax error in JSON is told at its place") {
  auto const fault = parse_json_document("{\n  \"a\": tru\n}").error();
  CHECK(fault.place.line == 2);
  CHECK(fault.message.starts_with("not JSON: "));
  CHECK(parse_json_document("{} x").error() == DocumentFault{{1, 4}, "not JSON: something follows the value"});
  CHECK(!parse_json_document(""));
  CHECK(!parse_json_document("{\"a\": 1"));
}

TEST_CASE("a key that a JSON object has twice is a fault at the second one") {
  auto const fault = parse_json_document("{\"a\":{\"b\":1,\n\"b\":2}}").error();
  CHECK(fault == DocumentFault{{2, 1}, "the key \"b\" is there twice"});
}

TEST_CASE("JSON that is nested too deeply is refused, not recursed into") {
  CHECK(!parse_json_document(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST_CASE("the format follows the file's name, or else its text") {
  CHECK(guess_format("a.json", "name: x") == Format::json);
  CHECK(guess_format("a.yaml", "{}") == Format::yaml);
  CHECK(guess_format("a.yml", "{}") == Format::yaml);
  CHECK(guess_format("-", "\n {\"name\":1}") == Format::json);
  CHECK(guess_format("-", "name: x") == Format::yaml);
  CHECK(guess_format("workflow", "") == Format::yaml);
}

TEST_CASE("places cost no more than the document, whatever its keys are") {
  std::string const key(100'000, 'k');
  std::string text = "{\n\"" + key + "\":[";
  for (int i = 0; i < 100'000; ++i) text += "0,";
  auto const document = parse_json_document(text + "0]}");
  REQUIRE(document.has_value());
  CHECK(document->places.find("/" + key + "/7") == TextPlace{1, 1});
}
