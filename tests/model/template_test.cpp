#include "model/template.hpp"

#include <catch2/catch.hpp>

#include "tests/model/fake_context.hpp"

using namespace runcast;
namespace json = boost::json;

namespace {

FakeContext context_with_inputs(std::string_view inputs) {
  FakeContext context;
  context.inputs = json::parse(inputs).as_object();
  return context;
}

std::string rendered(std::string_view text, FakeContext const& context = {}) { return *render_text(text, context); }

}  // namespace

TEST_CASE("expressions in a text are replaced by their values") {
  auto const context = context_with_inputs(R"({"who":"world","n":3})");
  CHECK(rendered("hello ${{ inputs.who }}!", context) == "hello world!");
  CHECK(rendered("${{inputs.n}}${{ inputs.n }}", context) == "33");
  CHECK(rendered("${{ inputs.absent }}", context).empty());
  CHECK(rendered("no hole at all") == "no hole at all");
  CHECK(rendered("").empty());
}

TEST_CASE("two dollars stand for a plain opening") {
  CHECK(rendered("a $${{ b }} c") == "a ${{ b }} c");
  CHECK(rendered("$${{$${{") == "${{${{");
  CHECK(rendered("$x ${y} $$ }}") == "$x ${y} $$ }}");
}

TEST_CASE("closing braces within a string do not end the expression") {
  CHECK(rendered("<${{ '}}' }}>") == "<}}>");
  CHECK(rendered(R"(<${{ "\"}}" }}>)") == R"(<"}}>)");
}

TEST_CASE("a value is not filled in again") {
  auto const context = context_with_inputs(R"({"evil":"${{ run.id }}"})");
  CHECK(rendered("${{ inputs.evil }}", context) == "${{ run.id }}");
}

TEST_CASE("a string that is one expression keeps the value's type") {
  auto const context = context_with_inputs(R"({"n":3,"list":[1,2]})");
  auto const value = json::parse(R"({"a":"${{ inputs.n }}","b":["${{ inputs.list }}","n=${{ inputs.n }}",true,null],
                                     "${{ key }}":{"c":" ${{ inputs.n }}"}})");
  auto const expected = json::parse(R"({"a":3,"b":[[1,2],"n=3",true,null],"${{ key }}":{"c":" 3"}})");
  CHECK(*render(value, context) == expected);
}

TEST_CASE("a template that does not parse tells the place within the whole text") {
  auto const open = Template::parse("abc ${{ inputs.x");
  REQUIRE_FALSE(open.has_value());
  CHECK(open.error() == TextError{4, "this '${{' has no '}}'"});
  auto const inner = Template::parse("abc ${{ inputs. }}");
  REQUIRE_FALSE(inner.has_value());
  CHECK(inner.error().position == 16);
  CHECK_FALSE(Template::parse("${{ }}").has_value());
  CHECK(render_text("${{ }}", FakeContext{}).error().code == Errc::invalid);
}

TEST_CASE("references count their places from the template's beginning") {
  auto const parsed = Template::parse("x${{ inputs.a }}y${{ matrix.b }}");
  REQUIRE(parsed.has_value());
  auto const references = parsed->references();
  REQUIRE(references.size() == 2);
  CHECK(references[0].position == 5);
  CHECK(references[1].position == 21);
}

TEST_CASE("a value that is nested without end is refused") {
  json::value deep = "x";
  for (int i = 0; i < 100; ++i) deep = json::array{deep};
  CHECK(render(deep, FakeContext{}).error().code == Errc::too_large);
}
