#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "cli/document/document.hpp"

using namespace runcast::cli;
namespace json = boost::json;

namespace {

std::string as_json(std::string_view yaml) {
  auto const document = parse_yaml_document(yaml);
  return document ? json::serialize(document->value) : "fault: " + document.error().message;
}

std::string fault(std::string_view yaml) {
  auto const document = parse_yaml_document(yaml);
  if (document) return "none";
  auto const& [place, message] = document.error();
  return std::to_string(place.line) + ":" + std::to_string(place.column) + ": " + message;
}

}  // namespace

TEST_CASE("a workflow in YAML is the JSON that it looks like") {
  CHECK(as_json("name: release\n"
                "timeout: 1h\n"
                "maxParallel: 8\n"
                "steps:\n"
                "  - id: build\n"
                "    run: |\n"
                "      make -j2\n"
                "      make test\n"
                "  - {id: unit, needs: [build], run: [./unit, --all], continueOnError: true}\n") ==
        R"({"name":"release","timeout":"1h","maxParallel":8,"steps":[{"id":"build","run":"make -j2\nmake test\n"},)"
        R"({"id":"unit","needs":["build"],"run":["./unit","--all"],"continueOnError":true}]})");
}

TEST_CASE("plain scalars follow YAML 1.2's core schema") {
  CHECK(as_json("[null, Null, ~, '']") == R"([null,null,null,""])");
  CHECK(as_json("[true, False, TRUE, yes, on, off, y]") == R"([true,false,true,"yes","on","off","y"])");
  CHECK(as_json("[0, -12, +7, 0o17, 0x1F, 007]") == "[0,-12,7,15,31,7]");
  CHECK(as_json("[18446744073709551615, -9223372036854775808]") == "[18446744073709551615,-9223372036854775808]");
  CHECK(as_json("[1.5, -.5, 1., 1e3, +2.5e-1]") == "[1.5E0,-5E-1,1E0,1E3,2.5E-1]");
  CHECK(as_json("[1_000, 0b11, 1:30, 1.2.3, -, +, ., e1, 0x, 0o8, 12a]").find("[\"1_000\"") == 0);
  CHECK(as_json("a:\nb: 1") == R"({"a":null,"b":1})");
}

TEST_CASE("a whole number beyond 64 bits becomes a float, one beyond floats is refused") {
  CHECK(as_json("99999999999999999999") == "1E20");
  CHECK(fault("a: 1e999") == "1:4: 1e999 is no number that JSON knows");
  CHECK(fault("a: .inf") == "1:4: .inf is no number that JSON knows");
  CHECK(fault("a: -.Inf") == "1:4: -.Inf is no number that JSON knows");
  CHECK(fault("a: .nan") == "1:4: .nan is no number that JSON knows");
}

TEST_CASE("quoted and block scalars, and what is tagged !!str, stay strings") {
  CHECK(as_json("['1', \"true\", !!str 12, !!str null]") == R"(["1","true","12","null"])");
  CHECK(as_json("a: >\n  12\n") == R"({"a":"12\n"})");
}

TEST_CASE("keys are text, whatever they look like") {
  CHECK(as_json("1: a\ntrue: b\n'x y': c") == R"({"1":"a","true":"b","x y":"c"})");
}

TEST_CASE("an alias repeats what its anchor marks") {
  CHECK(as_json("a: &x {k: [1]}\nb: *x\nc: *x") == R"({"a":{"k":[1]},"b":{"k":[1]},"c":{"k":[1]}})");
  CHECK(as_json("&k a: 1\nb: *k") == R"({"a":1,"b":"a"})");
  CHECK(as_json("x: &v name\n*v : 1") == R"({"x":"name","name":1})");
}

TEST_CASE("an alias cannot stand for what it is part of") {
  CHECK(fault("a: &x\n  b: *x").ends_with("a value cannot contain itself"));
}

TEST_CASE("aliases of aliases are expanded up to a bound only") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  CHECK(fault(bomb).ends_with("its aliases make the document too large"));
  std::string const long_text(1 << 20, 'x');
  std::string texts = "a: &a " + long_text + "\nb: [";
  for (int k = 0; k < 40; ++k) texts += "*a, ";
  CHECK(fault(texts + "]").ends_with("its aliases make the document too large"));
}

TEST_CASE("a key that a YAML mapping has twice is a fault at the second one") {
  CHECK(fault("a: 1\nb: 2\na: 3") == "3:1: the key \"a\" is there twice");
  CHECK(fault("{a: 1, 'a': 2}") == "1:8: the key \"a\" is there twice");
}

TEST_CASE("what JSON cannot say is refused") {
  CHECK(fault("? [a]\n: 1") == "1:3: a key must be text");
  CHECK(fault("a: !mine 1") == "1:4: the tag !mine means nothing here");
  CHECK(fault("a: !mine [1]") == "1:4: the tag !mine means nothing here");
  CHECK(fault("a: !!int x") == "1:4: the tag tag:yaml.org,2002:int means nothing here");
  CHECK(fault("a: !!seq {}") == "1:4: the tag tag:yaml.org,2002:seq means nothing here");
  CHECK(as_json("[!!int 1, !!float 1.5, !!bool true, !!null ~, !!seq [], !!map {}]") == "[1,1.5E0,true,null,[],{}]");
  CHECK(fault("a: 1\nb: \xFF") == "2:1: not YAML: this line is not UTF-8, or has a control character");
  CHECK(fault(std::string_view("\0a: 1", 5)).starts_with("1:1: not YAML"));
  CHECK(fault("a: 1\n---\nb: 2").ends_with("a second document: a file holds one"));
  CHECK(fault("") == "1:1: the document is empty");
  CHECK(fault("# nothing\n") == "1:1: the document is empty");
}

TEST_CASE("a syntax error in YAML is told at its place") {
  CHECK(fault("a: [1, 2\nb: 3").starts_with("2:"));
  CHECK(fault("a: b: c").starts_with("1:"));
  CHECK(fault("a: 'b\n").starts_with("1:"));
  CHECK(fault("a: [\"b, c]\n\n").starts_with("1:"));
  CHECK(fault("\tname: x").find("not YAML: ") != std::string::npos);
  CHECK(fault("a: {b: ok?}").ends_with("a text with '?' needs quotes"));
}

TEST_CASE("nesting is bounded, by aliases too") {
  CHECK(fault(std::string(1'000, '[') + std::string(1'000, ']')).find("nested deeper than 64 levels") !=
        std::string::npos);
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i) {
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  CHECK(fault(chain).find("nested deeper than 64 levels") != std::string::npos);
}

TEST_CASE("every value of a YAML file is found by its pointer") {
  auto const document = parse_yaml_document("name: a\nsteps:\n  - id: b\n    needs: [x, y]\n  - 12\n");
  REQUIRE(document.has_value());
  auto const& places = document->places;
  CHECK(places.find("") == TextPlace{1, 1});
  CHECK(places.find("/name") == TextPlace{1, 1});
  CHECK(places.find("/steps") == TextPlace{2, 1});
  CHECK(places.find("/steps/0/id") == TextPlace{3, 5});
  CHECK(places.find("/steps/0/needs/1") == TextPlace{4, 16});
  CHECK(places.find("/steps/1") == TextPlace{5, 5});
}
