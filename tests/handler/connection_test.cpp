#include "handler/connection.hpp"

#include <catch2/catch.hpp>

#include "handler/import_path.hpp"
#include "store/sha256.hpp"
#include "tests/handler/http_world.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

// A world that greets, gives back what it is sent, and counts how often it was asked to.
struct EchoWorld : HttpWorld {
  EchoWorld() {
    auto const echo = [this](Request& request) { return give_back(request); };
    router.add("GET", "/hello", [](Request&) -> Awaitable<Reply> { co_return Answer{200, "text/plain", "hello"}; });
    router.add("GET", "/broken", [](Request&) -> Awaitable<Reply> { throw std::logic_error("a bug"); });
    router.add("POST", "/echo", echo);
    router.add("POST", import_path, echo);
  }
  void ask_for_tokens() {
    TokenRow row;
    row.id = row.name = "t";
    row.hash = sha256_hex("secret");
    row.scopes = Scopes::all();
    access.take({row}, Timestamp{});
  }

  Awaitable<Reply> give_back(Request const& request) {
    ++echoed;
    co_return Answer{200, "text/plain", request.body};
  }

  int echoed = 0;
};

std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n\r\n{}", path, headers,
                     body.size(), body);
}

std::string const get_hello = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

// The statuses of the answers, in order.
std::vector<std::string> statuses(std::string_view got) {
  std::vector<std::string> found;
  constexpr std::string_view begin = "HTTP/1.1 ";
  for (auto at = got.find(begin); at != std::string_view::npos; at = got.find(begin, at + 1)) {
    found.emplace_back(got.substr(at + begin.size(), 3));
  }
  return found;
}

using Statuses = std::vector<std::string>;

}  // namespace

TEST_CASE("requests are answered in their order, however their bytes come") {
  auto const text = get_hello + post("/echo", "one") + "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n" +
                    "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
                    "3\r\ntwo\r\n6\r\n three\r\n0\r\n\r\n" + get_hello;
  for (std::size_t piece : {1, 2, 3, 7, 50, 1000}) {
    EchoWorld world;
    auto const got = world.serve(text, piece).got;
    CHECK(statuses(got) == Statuses{"200", "200", "404", "200", "200"});
    CHECK_THAT(got, Contains("\r\n\r\none") && Contains("\r\n\r\ntwo three"));
  }
}

TEST_CASE("what is no request is told so, and ends the connection") {
  auto const status = [](std::string const& text) { return statuses(EchoWorld().serve(text + get_hello).got); };
  CHECK(status("hello\r\n\r\n") == Statuses{"400"});
  CHECK(status("GET /hello HTTP/2.0\r\n\r\n") == Statuses{"400"});
  CHECK(status("GET /hello HTTP/1.1\r\nbroken header\r\n\r\n") == Statuses{"400"});
  CHECK(status("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n") == Statuses{"400"});
  CHECK(status("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n") ==
        Statuses{"400"});
  CHECK(status("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n") == Statuses{"431"});
}

TEST_CASE("an absolute target's host counts in place of Host, and is checked like it") {
  auto const status = [](std::string_view target, std::string_view headers = "Host: evil.example\r\n") {
    return statuses(EchoWorld().serve(fmt::format("GET {} HTTP/1.1\r\n{}\r\n", target, headers)).got);
  };
  CHECK(status("http://localhost/hello") == Statuses{"200"});
  CHECK(status("HTTPS://127.0.0.1:8443/hello?a=b") == Statuses{"200"});
  CHECK(status("http://localhost") == Statuses{"404"});  // of `/`, which this world does not have
  CHECK(status("http://localhost?a=b") == Statuses{"404"});
  for (auto const* evil : {"http://evil.example/hello", "http://localhost.evil.example/hello"}) {
    CHECK(status(evil, "Host: localhost\r\n") == Statuses{"403"});
  }
  for (auto const* malformed :
       {"http:///hello", "http://a@localhost/hello", "http://localhost@evil.example/hello", "http://[::1/hello",
        "ftp://localhost/hello", "localhost/hello", "http:/hello", "http://localhost#/hello"}) {
    CHECK(status(malformed, "Host: localhost\r\n") == Statuses{"400"});
  }
  CHECK(status("http://localhost/hello", "") == Statuses{"400"});
  CHECK(status("http://localhost/hello", "Host: localhost\r\nHost: localhost\r\n") == Statuses{"400"});
}

TEST_CASE("a target may have what browsers do not encode") {
  EchoWorld world;
  std::string path, query;
  world.router.add("GET", "/jobs/{}", [&](Request& request) -> Awaitable<Reply> {
    path = request.captures.at(0);
    query = request.param("q").value_or("");
    co_return Answer{};
  });
  auto const get = [&](std::string_view target) {
    return statuses(world.serve(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", target)).got);
  };
  CHECK(get("/jobs/run.shards[0]?q={a|b}^`\"<\\>\xC3\xA9%5B[") == Statuses{"200"});
  CHECK(path == "run.shards[0]");
  CHECK(query == "{a|b}^`\"<\\>\xC3\xA9[[");
  for (auto const* malformed : {"/jobs/a#b", "/jobs/a%", "/jobs/a%zz", "/jobs/a%00", "/jobs/a\x7F"}) {
    CHECK(get(malformed) == Statuses{"400"});
  }
}

TEST_CASE("line ends before a request are no part of it") {
  auto const text = "\r\n" + post("/echo", "one") + "\r\n" + get_hello + "\n\n" + get_hello + "\r\n";
  for (std::size_t piece : {1, 2, 1000}) {
    CHECK(statuses(EchoWorld().serve(text, piece).got) == Statuses{"200", "200", "200"});
  }
}

TEST_CASE("OPTIONS of everything tells what is possible anywhere") {
  auto const got = EchoWorld().serve("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").got;
  CHECK(statuses(got) == Statuses{"204"});
  CHECK_THAT(got, Contains("\r\nAllow: GET, HEAD, OPTIONS, POST\r\n"));
  CHECK(statuses(EchoWorld().serve("GET * HTTP/1.1\r\nHost: localhost\r\n\r\n").got) == Statuses{"400"});
}

TEST_CASE("a client that leaves within a request is told nothing") {
  EchoWorld world;
  CHECK(world.serve("").got.empty());
  CHECK(world.serve("GET /hel").got.empty());
  CHECK(world.serve("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc").got.empty());
  CHECK(world.echoed == 0);
}

TEST_CASE("what a refusal repeats of a request is UTF-8, whatever was sent") {
  EchoWorld world;
  CHECK_THAT(world.serve("GET /%F5%0A HTTP/1.1\r\nHost: localhost\r\n\r\n").got, Contains("nothing at /\xEF\xBF\xBD"));
}

TEST_CASE("a body over the limit is refused, before it comes where its size is said") {
  EchoWorld world;
  world.server.limits.body_bytes = 10;
  CHECK(statuses(world.serve(post("/echo", "0123456789")).got) == Statuses{"200"});
  CHECK(statuses(world.serve(post("/echo", "0123456789a") + get_hello).got) == Statuses{"413"});
  auto const head = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";
  CHECK(statuses(world.serve({{head + std::string("Content-Length: 11\r\n\r\n")}, true}).got) == Statuses{"413"});
  auto const chunked = head + std::string("Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n");
  CHECK(statuses(world.serve({{chunked}, true}).got) == Statuses{"413"});
  CHECK(world.echoed == 1);
}

TEST_CASE("a client that waits for permission to send its body gets it, if the body is wanted") {
  EchoWorld world;
  auto const head = [](std::string_view path) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
                       path);
  };
  CHECK(statuses(world.serve({{head("/echo"), "abc"}}).got) == Statuses{"100", "200"});
  CHECK(statuses(world.serve({{head("/nowhere")}, true}).got) == Statuses{"404"});
}

TEST_CASE("who has no token is refused by the head alone") {
  EchoWorld world;
  world.ask_for_tokens();
  auto const head = std::string("POST /echo HTTP/1.1\r\nHost: localhost\r\n");
  for (auto const* body : {"Content-Length: 1000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n",
                           "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"}) {
    auto const got = world.serve({{head + body}, true}).got;
    CHECK(statuses(got) == Statuses{"401"});
    CHECK_THAT(got, Contains("\r\nConnection: close\r\n"));
  }
  CHECK(statuses(world.serve(post("/echo", "abc", "Authorization: Bearer secret\r\n")).got) == Statuses{"200"});
  CHECK(world.echoed == 1);
}

TEST_CASE("a small body that nobody wants is read past, and the connection goes on") {
  EchoWorld world;
  world.ask_for_tokens();
  auto const unwanted = post("/echo", std::string(1000, 'x'));
  auto const wanted = post("/echo", "abc", "Authorization: Bearer secret\r\n");
  CHECK(statuses(world.serve(unwanted + unwanted + wanted, 100).got) == Statuses{"401", "401", "200"});
}

TEST_CASE("one large body is taken at a time, of those who may send it") {
  EchoWorld world;
  world.server.limits.body_bytes = 10;
  world.server.limits.bundle_bytes = 100;
  auto const large = post(import_path, std::string(50, 'x'));
  CHECK(statuses(world.serve(large).got) == Statuses{"200"});
  CHECK(statuses(world.serve(large).got) == Statuses{"200"});  // the first is over
  CHECK(statuses(world.serve(post(import_path, std::string(101, 'x'))).got) == Statuses{"413"});
  *world.server.importing = true;
  CHECK(statuses(world.serve(large).got) == Statuses{"429"});
  CHECK(statuses(world.serve(post(import_path, "small")).got) == Statuses{"200"});
  CHECK(*world.server.importing);
  world.ask_for_tokens();
  CHECK(statuses(world.serve(large).got) == Statuses{"401"});
}

TEST_CASE("a handler's bug is the server's fault, and the connection lives on") {
  EchoWorld world;
  auto const got = world.serve("GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n" + get_hello).got;
  CHECK(statuses(got) == Statuses{"500", "200"});
  CHECK(world.faults == std::vector<std::string>{"GET /broken: a bug"});
}

TEST_CASE("HTTP/1.0 and Connection: close end the connection after the answer") {
  EchoWorld world;
  CHECK_THAT(world.serve("GET /hello HTTP/1.0\r\n\r\n" + get_hello).got, StartsWith("HTTP/1.0 200 "));
  CHECK(statuses(world.serve("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" + get_hello).got) ==
        Statuses{"200"});
}
