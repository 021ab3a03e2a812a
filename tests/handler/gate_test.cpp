#include "handler/gate.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

namespace {

Request from(std::string origin, std::string method = "GET") {
  Request request;
  request.method = std::move(method);
  request.peer.own = "192.0.2.7";
  request.headers = {{"Host", "ci.example:8443"}, {"Origin", std::move(origin)}};
  return request;
}

Gate gate() { return {"0.0.0.0", {"ci.example"}, {"https://pages.example"}}; }

unsigned status(Request const& request) {
  auto const refusal = gate().refusal(request);
  return refusal ? refusal->status : 200;
}

}  // namespace

TEST_CASE("a page elsewhere may change things only where it is listed") {
  CHECK(status(from("https://pages.example", "POST")) == 200);
  CHECK(status(from("https://PAGES.example", "POST")) == 200);
  CHECK(status(from("https://ci.example:8443", "POST")) == 200);
  CHECK(status(from("http://pages.example", "POST")) == 403);
  CHECK(status(from("https://pages.example.evil.example", "POST")) == 403);
  CHECK(status(from("null", "POST")) == 403);
  CHECK(status(from("https://evil.example")) == 200);  // it may ask, but its browser keeps the answer from it
  CHECK(gate().cors(from("https://evil.example")) == Gate::Headers{{"Vary", "Origin"}});
}

TEST_CASE("a browser's question before a call is answered for listed pages alone") {
  auto question = from("https://pages.example", "OPTIONS");
  CHECK_FALSE(gate().preflight(question));
  question.headers.emplace_back("Access-Control-Request-Method", "PUT");
  CHECK(gate().preflight(question)->status == 204);
  CHECK(gate().cors(question)[1].second == "https://pages.example");
  question.headers[1].second = "https://evil.example";
  CHECK_FALSE(gate().preflight(question));
}

TEST_CASE("without a list nothing is said of origins") {
  Gate const closed("127.0.0.1", {});
  CHECK(closed.cors(from("https://pages.example")).empty());
}

TEST_CASE("the address that was connected to is a name for the server, other addresses are not") {
  auto request = from("https://pages.example");
  request.headers[0].second = "192.0.2.7:8443";
  CHECK(status(request) == 200);
  request.headers[0].second = "192.0.2.8:8443";
  CHECK(status(request) == 403);
}

TEST_CASE("a name that begins like an address is a name") {
  auto request = from("https://pages.example");
  for (auto const* name : {"127.0.0.1.ci.example", "192.0.2.7.ci.example:8443", "1.2.3.4.5"}) {
    request.headers[0].second = name;
    CHECK(status(request) == 403);
  }
  request.headers[0].second = "10.0.0.1.CI.example:8443";
  CHECK_FALSE(Gate("0.0.0.0", {"10.0.0.1.ci.example"}).refusal(request));
  for (auto const* malformed : {"", ":80", "ci.example:http", "a@ci.example", "[::1", "[ci.example]", "ci example"}) {
    request.headers[0].second = malformed;
    CHECK(status(request) == 400);
  }
}

TEST_CASE("an origin is a scheme and a host") {
  CHECK(*parse_origin("https://CI.example:8443") == "https://ci.example:8443");
  for (auto const* wrong : {"", "*", "null", "ci.example", "ftp://ci.example", "https://ci.example/", "https://a@b"}) {
    CHECK(parse_origin(wrong).error().code == Errc::invalid);
  }
}
