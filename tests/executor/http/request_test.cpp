#include "executor/http/request.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

namespace {

HttpRequest post(std::string url) {
  return {.method = "POST",
          .url = std::move(url),
          .headers = {{"Authorization", "secret"}, {"Content-Type", "text/plain"}, {"X-Mine", "1"}},
          .body = "body"};
}

bool has(HttpRequest const& request, std::string const& name) {
  for (auto const& header : request.headers) {
    if (header.first == name) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("303, and a POST that moved, become a GET without a body") {
  for (int const status : {301, 302, 303}) {
    auto const next = redirected(post("http://a/x"), "http://a/x", "/y", status).value();
    CHECK(next.method == "GET");
    CHECK(next.url == "http://a/y");
    CHECK(next.body.empty());
    CHECK_FALSE(has(next, "Content-Type"));
    CHECK(has(next, "Authorization"));
  }
}

TEST_CASE("307 and 308 keep method and body") {
  for (int const status : {307, 308}) {
    auto const next = redirected(post("http://a/x/"), "http://a/x/", "z?q=1", status).value();
    CHECK(next.method == "POST");
    CHECK(next.url == "http://a/x/z?q=1");
    CHECK(next.body == "body");
  }
}

TEST_CASE("what proves an identity is not sent on to another host") {
  for (std::string const to : {"http://b/", "https://a/", "http://a:81/", "//b/"}) {
    CAPTURE(to);
    auto const next = redirected(post("http://a/"), "http://a/", to, 307).value();
    CHECK_FALSE(has(next, "Authorization"));
    CHECK(has(next, "X-Mine"));
  }
}

TEST_CASE("a redirect leads to nothing but http") {
  for (std::string const to : {"file:///etc/passwd", "gopher://a/", "http://[bad", " "}) {
    CAPTURE(to);
    CHECK(redirected(post("http://a/"), "http://a/", to, 307).has_error());
  }
}

TEST_CASE("an answer's body is parsed where it is JSON, and text otherwise") {
  HttpResponse response{
      .status = 200, .url = "", .headers = {{"content-type", "application/json; charset=utf-8"}}, .body = "{\"a\":1}"};
  CHECK(outputs_of(response).at("body").at("a") == 1);
  response.body = "{broken";
  CHECK(outputs_of(response).at("body") == "{broken");
  response.headers.clear();
  response.body =
      "a\xff"
      "b";
  CHECK(outputs_of(response).at("body") ==
        "a\xEF\xBF\xBD"
        "b");
}

TEST_CASE("without a list any 2xx is expected") {
  HttpAction action;
  CHECK(is_expected(action, 204));
  CHECK_FALSE(is_expected(action, 302));
  action.expect_status = {404};
  CHECK(is_expected(action, 404));
  CHECK_FALSE(is_expected(action, 200));
}
