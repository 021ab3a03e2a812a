#include <catch2/catch.hpp>

#include "cli/net/problem.hpp"
#include "cli/refusal.hpp"

using namespace runcast::cli;

namespace {

ApiAnswer problem(unsigned status, std::string body) { return {status, "application/problem+json", std::move(body)}; }

}  // namespace

TEST_CASE("a refusal is told by title and detail, with a line for each fault") {
  auto const answer = problem(400, R"({"title":"Bad Request","detail":"the run cannot be started","errors":[
      {"pointer":"/workflow/steps/3/needs/0","message":"there is no step 'biuld'"},
      {"pointer":"","message":"expected an object"}]})");
  CHECK(describe_problem(answer) ==
        "Bad Request: the run cannot be started\n"
        "  /workflow/steps/3/needs/0: there is no step 'biuld'\n"
        "  /: expected an object");
}

TEST_CASE("a fault is told by its place in the user's file where that is known") {
  auto const answer =
      problem(400, R"({"title":"Bad Request","errors":[{"pointer":"/workflow/name","message":"bad"}]})");
  CHECK(describe_problem(answer, [](std::string_view) { return "a.yaml:3:1"; }) == "Bad Request\n  a.yaml:3:1: bad");
}

TEST_CASE("an answer that is no problem document is told by its status and first line") {
  CHECK(describe_problem({502, "text/html", "<html>bad gateway\n</html>"}) ==
        "the server answered 502: <html>bad gateway");
  CHECK(describe_problem({500, "", ""}) == "the server answered 500");
  CHECK(describe_problem(problem(404, R"(["not","an","object"])")) ==
        R"(the server answered 404: ["not","an","object"])");
}

TEST_CASE("a refusal's text cannot act on the terminal") {
  CHECK(describe_problem(problem(400, R"({"title":"a\u001b[2Jb","detail":"c\u0007"})")) == "ab: c^G");
}

TEST_CASE("a server in trouble counts as none, any other refusal as bad use") {
  CHECK(refused({404, "", ""}).exit_code == runcast::exit_code::bad_use);
  CHECK(refused({401, "", ""}).exit_code == runcast::exit_code::bad_use);
  CHECK(refused({429, "", ""}).exit_code == runcast::exit_code::no_server);
  CHECK(refused({503, "", ""}).exit_code == runcast::exit_code::no_server);
}
