#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "handler/worker_request.hpp"

using namespace runcast;

namespace {

boost::json::object json(char const* text) { return boost::json::parse(text).as_object(); }

}  // namespace

TEST_CASE("a worker may write its words in either way") {
  for (auto const* text : {R"({"machineId":"m"})", R"({"machine_id":"m"})", R"({"machine":"m"})"}) {
    CHECK(read_intro(json(text), "w").value().machine_id == "m");
  }
  CHECK(read_claim(json(R"({"wait_ms":5})"), "w").value().wait == Millis{5});
}

TEST_CASE("a machine that is no name is refused, under whatever word") {
  for (auto const* text : {R"({"machineId":"a/b"})", R"({"machine":""})", R"({"machine":7})"}) {
    CHECK(read_intro(json(text), "w", Others::pass_over).error().size() == 1);
  }
}

TEST_CASE("a worker without a machine is its own") { CHECK(read_intro({}, "w").value().machine_id == "w"); }

TEST_CASE("lines are cut at their ends, and keep their level") {
  auto const report = read_log(json(R"({"token":1,"lines":["a\r\nb\n",{"level":"warn","message":""}]})")).value();
  REQUIRE(report.lines.size() == 3);
  CHECK(report.lines[0].text == "a");
  CHECK(report.lines[1].text == "b");
  CHECK(report.lines[2].level == Level::warn);
}

TEST_CASE("a line that is too long is cut between characters, and marked") {
  std::string text((1 << 20) - 1, 'x');
  text += "\xE2\x82\xAC";
  auto const report = read_log({{"token", 1}, {"lines", boost::json::array{text}}}).value();
  REQUIRE(report.lines.size() == 1);
  CHECK(report.lines[0].truncated);
  CHECK(report.lines[0].text == std::string((1 << 20) - 1, 'x'));
}

TEST_CASE("a result that is no object becomes one, and none is an empty one") {
  CHECK(read_completion(json(R"({"token":1,"result":5})")).value().result == json(R"({"result":5})"));
  CHECK(read_completion(json(R"({"token":1,"result":null})")).value().result.empty());
  CHECK(read_completion(json(R"({"token":1})")).value().result.empty());
}

TEST_CASE("members that mean nothing are refused in a body, and passed over in a socket's message") {
  CHECK(read_token(json(R"({"token":1,"type":"heartbeat"})")).has_error());
  CHECK(read_token(json(R"({"token":1,"type":"heartbeat"})"), Others::pass_over).value() == 1);
  auto const lines = json(R"({"token":1,"lines":[{"message":"a","time":7}]})");
  CHECK(read_log(lines).error().at(0).pointer == "/lines/0/time");
  CHECK(read_log(lines, Others::pass_over).value().lines.size() == 1);
}
