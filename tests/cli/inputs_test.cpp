#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "cli/document/inputs.hpp"

using namespace runcast;
using namespace runcast::cli;
namespace json = boost::json;

namespace {

json::value const definition = json::parse(R"({"inputs":{
    "version":{"type":"string"},"jobs":{"type":"integer"},"ratio":{"type":"number"},"dry":{"type":"boolean"},
    "targets":{"type":"array"},"options":{"type":"object"},"untyped":{}}})");

Result<std::string> no_files(std::string const& name) { return fail(Errc::not_found, name + ": no such file"); }

Result<json::object> parse(std::vector<std::string> const& arguments, ReadFile const& read = no_files) {
  return parse_inputs(arguments, definition, read);
}

std::string text_of(std::vector<std::string> const& arguments) { return json::serialize(parse(arguments).value()); }

}  // namespace

TEST_CASE("an input is read as the type that the definition declares") {
  CHECK(text_of({"version=1.0", "jobs=4"}) == R"({"version":"1.0","jobs":4})");
  CHECK(text_of({"ratio=0.5", "dry=true"}) == R"({"ratio":5E-1,"dry":true})");
  CHECK(text_of({R"(targets=["a","b"])", R"(options={"x":1})"}) == R"({"targets":["a","b"],"options":{"x":1}})");
}

TEST_CASE("an input that is not declared, or without a type, is a string") {
  CHECK(text_of({"other=12", "untyped=true"}) == R"({"other":"12","untyped":"true"})");
  CHECK(json::serialize(*parse_inputs({"a=1"}, json::value(nullptr), no_files)) == R"({"a":"1"})");
}

TEST_CASE("a value may be empty, and may hold equals signs") {
  CHECK(text_of({"version="}) == R"({"version":""})");
  CHECK(text_of({"version=a=b"}) == R"({"version":"a=b"})");
}

TEST_CASE("a value that is not of its type is refused") {
  CHECK(parse({"jobs=many"}).error().message == "the input jobs is declared as integer, which \"many\" is not");
  CHECK(!parse({"jobs=1.5"}));
  CHECK(!parse({"dry=yes"}));
  CHECK(!parse({"targets={}"}));
}

TEST_CASE("@FILE stands for a file's content, @@ for an @") {
  auto const read = [](std::string const& name) -> Result<std::string> { return "content of " + name; };
  CHECK(json::serialize(*parse({"version=@notes.md"}, read)) == R"({"version":"content of notes.md"})");
  CHECK(json::serialize(*parse({"version=@@home"}, read)) == R"({"version":"@home"})");
  CHECK(parse({"version=@missing"}).error().message == "missing: no such file");
}

TEST_CASE("an input without a name, without a value, or given twice is refused") {
  CHECK(parse({"version"}).error().message == "--input version: write NAME=VALUE");
  CHECK(!parse({"=1"}));
  CHECK(parse({"version=1", "version=2"}).error().message == "the input version is given twice");
}
