#include "handler/router.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

namespace {

Handler nothing() {
  return [](Request&) -> Awaitable<Reply> { co_return Answer{}; };
}

Request get(std::string path) {
  Request request;
  request.method = "GET";
  request.path = std::move(path);
  return request;
}

}  // namespace

TEST_CASE("a route's scope follows from what it does, where its table does not say") {
  CHECK(default_scope("GET", "/runs/{}") == Scope::read);
  CHECK(default_scope("POST", "/runs/{}/cancel") == Scope::submit);
  CHECK(default_scope("POST", "/api/jobs") == Scope::submit);
  CHECK(default_scope("PUT", "/api/v2/workflows/{}") == Scope::admin);
  CHECK(default_scope("DELETE", "/api/v2/workflows/{}") == Scope::admin);
  CHECK(default_scope("POST", "/api/workers/{}/claim") == Scope::work);
  CHECK(default_scope("GET", "/api/workers") == Scope::read);
  CHECK(default_scope("GET", "/ws/worker/{}") == Scope::work);
  CHECK(default_scope("GET", "/ws/monitor/{}") == Scope::read);
}

TEST_CASE("a literal segment goes before a placeholder, whatever was added first") {
  Router router;
  router.add("GET", "/workflows/{}", nothing());
  router.add("GET", "/workflows/runs", nothing(), Scope::open);
  auto literal = get("/workflows/runs");
  CHECK(std::get<Route const*>(router.find(literal))->scope == Scope::open);
  CHECK(literal.captures.empty());
  auto named = get("/workflows/release");
  CHECK(std::get<Route const*>(router.find(named))->scope == Scope::read);
  CHECK(named.captures == std::vector<std::string>{"release"});
}

TEST_CASE("what has no route gets the answer that says why") {
  Router router;
  router.add("POST", "/jobs", nothing());
  auto unknown = get("/nothing");
  CHECK(std::get<Answer>(router.find(unknown)).status == 404);
  auto other = get("/jobs");
  auto const refused = std::get<Answer>(router.find(other));
  CHECK(refused.status == 405);
  CHECK(refused.headers == std::vector<std::pair<std::string, std::string>>{{"Allow", "OPTIONS, POST"}});
}
