#include "model/expression.hpp"

#include <catch2/catch.hpp>

#include "tests/model/fake_context.hpp"

using namespace runcast;

namespace {

std::string evaluated(std::string_view text, FakeContext const& context = {}) {
  auto const expression = Expression::parse(text);
  if (!expression) return "error " + to_string(expression.error());
  return boost::json::serialize(expression->evaluate(context));
}

TextError error_of(std::string_view text) {
  auto const expression = Expression::parse(text);
  REQUIRE_FALSE(expression.has_value());
  return expression.error();
}

FakeContext release() {
  FakeContext context;
  context.inputs = boost::json::parse(R"({"version":"1.2","count":3,"dry-run":false,"tags":["a","b"]})").as_object();
  context.statuses = {{"build", StepStatus::succeeded}, {"unit-test", StepStatus::failed}};
  context.outputs =
      boost::json::parse(R"({"build":{"image":"app:1","files":["x","y"],"meta":{"size":12}}})").as_object();
  context.matrix_values = {{"part", 2}};
  return context;
}

}  // namespace

TEST_CASE("literals are what they say") {
  CHECK(evaluated("'it''s'") == R"("it's")");
  CHECK(evaluated(R"("a\n\"b\"")") == R"("a\n\"b\"")");
  CHECK(evaluated("12") == "12");
  CHECK(evaluated("-7") == "-7");
  CHECK(evaluated("0.5 == 5e-1") == "true");
  CHECK(evaluated(" true ") == "true");
  CHECK(evaluated("null") == "null");
}

TEST_CASE("names look up inputs, steps, the matrix and the run") {
  auto const context = release();
  CHECK(evaluated("inputs.version", context) == R"("1.2")");
  CHECK(evaluated("inputs.dry-run", context) == "false");
  CHECK(evaluated("inputs.tags[1]", context) == R"("b")");
  CHECK(evaluated("steps.build.status", context) == R"("succeeded")");
  CHECK(evaluated("steps.unit-test.status == 'failed'", context) == "true");
  CHECK(evaluated("steps.build.outputs.image", context) == R"("app:1")");
  CHECK(evaluated("steps['build'].outputs.meta['size']", context) == "12");
  CHECK(evaluated("matrix.part", context) == "2");
  CHECK(evaluated("run.id", context) == R"("01RUN")");
}

TEST_CASE("what is not there is null, at any depth") {
  auto const context = release();
  CHECK(evaluated("inputs.nothing", context) == "null");
  CHECK(evaluated("inputs.version.deeper.still", context) == "null");
  CHECK(evaluated("inputs.tags[7]", context) == "null");
  CHECK(evaluated("inputs.tags['x']", context) == "null");
  CHECK(evaluated("steps.nobody.status", context) == "null");
  CHECK(evaluated("steps.build.outputs.nothing", context) == "null");
  CHECK(evaluated("inputs.nothing == null", context) == "true");
}

TEST_CASE("numbers compare by value, texts by bytes, and different types never") {
  CHECK(evaluated("1 == 1.0") == "true");
  CHECK(evaluated("2 < 10") == "true");
  CHECK(evaluated("'2' < '10'") == "false");
  CHECK(evaluated("1 == '1'") == "false");
  CHECK(evaluated("1 != '1'") == "true");
  CHECK(evaluated("1 < '2'") == "false");
  CHECK(evaluated("1 >= '0'") == "false");
  CHECK(evaluated("null == false") == "false");
  CHECK(evaluated("null <= null") == "false");
  CHECK(evaluated("true > false") == "false");
}

TEST_CASE("operators bind as in C") {
  CHECK(evaluated("true || false && false") == "true");
  CHECK(evaluated("(true || false) && false") == "false");
  CHECK(evaluated("!false && false") == "false");
  CHECK(evaluated("1 < 2 == true") == "true");
  CHECK(evaluated("!!'x'") == "true");
}

TEST_CASE("and and or give one of their operands, so that or gives a default") {
  CHECK(evaluated("inputs.nothing || 'fallback'", release()) == R"("fallback")");
  CHECK(evaluated("inputs.version && 7", release()) == "7");
  CHECK(evaluated("0 && 7") == "0");
}

TEST_CASE("functions search texts and arrays and are false for what they cannot search") {
  auto const context = release();
  CHECK(evaluated("contains(inputs.version, '.')", context) == "true");
  CHECK(evaluated("contains(inputs.tags, 'b')", context) == "true");
  CHECK(evaluated("contains(inputs.tags, 'B')", context) == "false");
  CHECK(evaluated("contains(inputs.count, 3)", context) == "false");
  CHECK(evaluated("startsWith('release/1', 'release/')") == "true");
  CHECK(evaluated("endsWith('a.txt', '.txt')") == "true");
  CHECK(evaluated("endsWith(1, 1)") == "false");
}

TEST_CASE("fates ask how the needs went, with parentheses or without") {
  FakeContext context;
  context.succeeded = false;
  context.failed = true;
  CHECK(evaluated("success", context) == "false");
  CHECK(evaluated("failure()", context) == "true");
  CHECK(evaluated("always() && !success()", context) == "true");
}

TEST_CASE("an expression says whether it considers how steps went") {
  CHECK(Expression::parse("failure() || true")->considers_status());
  CHECK(Expression::parse("steps.a.status == 'failed'")->considers_status());
  CHECK_FALSE(Expression::parse("steps.a.outputs.status == 'failed'")->considers_status());
  CHECK_FALSE(Expression::parse("inputs.publish")->considers_status());
}

TEST_CASE("an expression lists the names that it mentions, with their places") {
  auto const expression = Expression::parse("inputs.a && steps.b.status == matrix.c");
  REQUIRE(expression.has_value());
  auto const& references = expression->references();
  REQUIRE(references.size() == 3);
  CHECK(references[0].name == "a");
  CHECK(references[0].position == 0);
  CHECK(references[1].root == Reference::Root::steps);
  CHECK(references[1].name == "b");
  CHECK(references[1].position == 12);
  CHECK(references[2].root == Reference::Root::matrix);
}

TEST_CASE("what does not parse is told with its place") {
  struct Case {
    std::string_view text;
    std::size_t position;
    std::string_view message;
  };
  auto const cases = std::vector<Case>{
      {"", 0, "there is no expression here"},
      {"   ", 3, "there is no expression here"},
      {"1 +", 2, "'+' means nothing here"},
      {"a == 1", 0, "'a' means nothing here"},
      {"input.x", 0, "'input' means nothing here; did you mean 'inputs'?"},
      {"inputs", 0, "expected inputs.NAME"},
      {"inputs.", 7, "expected a name, found the end"},
      {"inputs.a == ", 12, "expected a value, found the end"},
      {"(1", 2, "expected ')', found the end"},
      {"1)", 1, "expected an operator or the end, found ')'"},
      {"1 = 1", 2, "expected '==', found '='"},
      {"'open", 0, "this string has no end"},
      {R"("a\q")", 2, R"(after a backslash comes one of n t r / \ ")"},
      {"1.2.3", 0, "'1.2.3' is not a number"},
      {"1e999", 0, "'1e999' is not a number"},
      {"steps.a", 0, "expected steps.ID.status or steps.ID.outputs.NAME"},
      {"true && steps.a.output.b", 8, "expected steps.ID.status or steps.ID.outputs.NAME"},
      {"run.name", 0, "expected run.id"},
      {"secrets.a.b", 0, "expected secrets.NAME"},
      {"contains('a')", 12, "expected ',', found ')'"},
      {"startswith('a', 'b')", 0, "'startswith' means nothing here; did you mean 'startsWith'?"},
      {"inputs[x]", 7, "expected a name in quotes or an index, found 'x'"},
      {"inputs.a[-1]", 9, "expected a name in quotes or an index, found '-1'"},
      {"success(1)", 8, "expected ')', found '1'"},
      {"\xc3\xa4", 0, "byte 0xc3 means nothing here"},
  };
  for (auto const& [text, position, message] : cases) {
    CAPTURE(text);
    auto const error = error_of(text);
    CHECK(error.position == position);
    CHECK(error.message == message);
  }
}

TEST_CASE("an expression without bounds is refused, not followed") {
  CHECK(error_of(std::string(100'000, '(')).message == "the expression is nested too deeply");
  CHECK(error_of(std::string(100'000, '!')).message == "the expression is nested too deeply");
  std::string chain = "1";
  for (int i = 0; i < 5000; ++i) chain += "||1";
  CHECK(error_of(chain).message == "the expression is too long");
  std::string path = "inputs";
  for (int i = 0; i < 5000; ++i) path += ".a";
  CHECK(error_of(path).message == "the expression is nested too deeply");
  CHECK(evaluated(std::string(90, '(') + "1" + std::string(90, ')')) == "1");
}

TEST_CASE("values become the text that an environment or a template shows") {
  CHECK(to_text(nullptr).empty());
  CHECK(to_text(true) == "true");
  CHECK(to_text(-3) == "-3");
  CHECK(to_text(1.5) == "1.5");
  CHECK(to_text(2.0) == "2");
  CHECK(to_text("plain") == "plain");
  CHECK(to_text(boost::json::array{1, "a"}) == R"([1,"a"])");
}
