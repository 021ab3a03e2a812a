#include "executor/http/client.hpp"

#include <catch2/catch.hpp>

#include "base/with_timeout.hpp"
#include "tests/executor/http/authority.hpp"
#include "tests/executor/http/tiny_server.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

Result<HttpResponse> get(std::string url, int redirects = 5, HttpClientOptions const& options = {}) {
  auto const client = HttpClient::make(options).value();
  return await(client->perform({.method = "GET", .url = std::move(url), .headers = {}, .body = {}}, redirects));
}

}  // namespace

TEST_CASE("a request has what the step gave it, and the answer is had whole") {
  TinyServer server([](std::string const&) { return http_answer("201 Created", "hello", "X-Y: z\r\n"); });
  auto const client = HttpClient::make({}).value();
  auto const response =
      await(client->perform(
                {.method = "PUT", .url = server.url("/a%20b?q=1"), .headers = {{"X-Mine", "v"}}, .body = "payload"}, 0))
          .value();
  CHECK(response.status == 201);
  CHECK(response.body == "hello");
  CHECK(std::find(response.headers.begin(), response.headers.end(), std::pair<std::string, std::string>("x-y", "z")) !=
        response.headers.end());
  auto const request = server.requests().at(0);
  CHECK(request.starts_with("PUT /a%20b?q=1 HTTP/1.1\r\n"));
  CHECK(request.find("\r\nX-Mine: v\r\n") != request.npos);
  CHECK(request.find("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n") != request.npos);
  CHECK(request.ends_with("\r\n\r\npayload"));
}

TEST_CASE("redirects are followed up to their bound") {
  TinyServer server([](std::string const& request) {
    if (request.starts_with("GET /end ")) return http_answer("200 OK", "here");
    return http_answer("302 Found", "",
                       request.starts_with("GET /again ") ? "Location: /again\r\n" : "Location: /end\r\n");
  });
  CHECK(get(server.url("/start")).value().body == "here");
  CHECK(get(server.url("/start")).value().url == server.url("/end"));
  CHECK(get(server.url("/start"), 0).value().status == 302);
  CHECK(get(server.url("/again"), 3).value().status == 302);
  CHECK(server.requests().size() == 2 + 2 + 1 + 4);
}

TEST_CASE("a denied address is not connected to, at once and behind a redirect") {
  TinyServer server(
      [](std::string const&) { return http_answer("302 Found", "", "Location: http://127.0.0.2:1/\r\n"); });
  HttpClientOptions const options{.denied_addresses = {"127.0.0.2"}};
  CHECK(get(server.url("/"), 5, options).error().code == Errc::forbidden);
  CHECK(server.requests().size() == 1);
  CHECK(get(server.url("/", "127.0.0.2"), 5, options).error().code == Errc::forbidden);
  CHECK(get("http://169.254.169.254/latest/meta-data/").error().code == Errc::forbidden);
}

TEST_CASE("an answer that is too long, broken off or none at all is an error") {
  std::string raw;
  TinyServer server([&](std::string const&) { return raw; });
  raw = http_answer("200 OK", std::string(2000, 'x'));
  CHECK(get(server.url("/"), 0, {.max_body = 1000}).error().code == Errc::too_large);
  raw = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort";
  CHECK(get(server.url("/")).error().code == Errc::io);
  raw = "hello";
  CHECK(get(server.url("/")).error().code == Errc::io);
  CHECK(get("http://127.0.0.1:1/").error().code == Errc::io);
  CHECK(get("http://no-such-host.invalid/").error().code == Errc::io);
  CHECK(get("ftp://127.0.0.1/").error().code == Errc::invalid);
  CHECK(get("http://user:word@127.0.0.1/").error().code == Errc::invalid);
}

TEST_CASE("an exchange can be given up at any moment") {
  asio::io_context context;
  asio::ip::tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
  auto const url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/";
  auto const client = HttpClient::make({}).value();
  auto exchange = client->perform({.method = "GET", .url = url, .headers = {}, .body = {}}, 0);
  auto const given_up = await(with_timeout(Millis(30), std::move(exchange)));
  CHECK(given_up.error().code == Errc::timed_out);
}

TEST_CASE("a certificate is trusted only from an authority that the system knows, and for its name") {
  Authority const authority;
  auto context = authority.server_context("localhost");
  TinyServer server([](std::string const&) { return http_answer("200 OK", "safe"); }, &context);
  CHECK(get(server.url("/", "localhost")).error().message.find("cannot trust") == 0);
  authority.make_known();
  CHECK(get(server.url("/", "localhost")).value().body == "safe");
  CHECK(get(server.url("/", "127.0.0.1")).error().message.find("cannot trust") == 0);
  authority.forget();
}
