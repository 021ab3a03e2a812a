#include "handler/access.hpp"

#include <catch2/catch.hpp>

#include "store/sha256.hpp"

using namespace runcast;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp now{Millis{1'700'000'000'000}};

TokenRow row(std::string const& token, std::string_view scopes) {
  TokenRow made;
  made.id = made.name = token;
  made.hash = sha256_hex(token);
  made.scopes = *Scopes::parse(scopes);
  made.created = now;
  return made;
}

Request with(std::string name, std::string value) {
  Request request;
  request.method = "GET";
  request.path = "/api/v2/workflows";
  request.headers.emplace_back(std::move(name), std::move(value));
  return request;
}

unsigned status(Access const& access, Request const& request, Scope scope = Scope::read) {
  auto const admitted = access.admit(request, scope);
  return admitted ? 200 : admitted.error().status;
}

}  // namespace

TEST_CASE("without tokens everybody may do everything, under one name") {
  Access const access;
  auto const caller = access.admit({}, Scope::admin);
  REQUIRE(caller.has_value());
  CHECK(caller->name == "api");
  CHECK_FALSE(caller->permit);
}

TEST_CASE("once there was a token, every call needs one that holds") {
  Access access;
  auto alice = row("alice", "read");
  auto const bob = row("bob", "read,submit");
  access.take({alice, bob}, now);
  CHECK(status(access, {}) == 401);
  CHECK(status(access, {}, Scope::open) == 200);
  CHECK(status(access, with("Authorization", "Bearer mallory")) == 401);
  CHECK(status(access, with("Authorization", "Basic alice")) == 401);
  CHECK(status(access, with("Authorization", "bearer alice")) == 200);
  CHECK(status(access, with("Authorization", "Bearer alice"), Scope::submit) == 403);
  CHECK(status(access, with("Authorization", "Bearer bob"), Scope::submit) == 200);
  CHECK(status(access, with("Cookie", "a=b; runcast_token=alice; c=d")) == 200);
  CHECK(status(access, with("Cookie", "runcast_token=mallory")) == 401);
  CHECK(access.admit(with("Authorization", "Bearer bob"), Scope::read)->name == "bob");

  SECTION("a revoked one does not, and its permit is withdrawn") {
    auto const caller = *access.admit(with("Authorization", "Bearer alice"), Scope::read);
    CHECK(caller.permit->holds);
    alice.revoked = now + 1s;
    CHECK(access.take({alice, bob}, now + 1s));
    CHECK(status(access, with("Authorization", "Bearer alice")) == 401);
    CHECK_FALSE(caller.permit->holds);
    CHECK_FALSE(access.take({alice, bob}, now + 2s));
  }
  SECTION("nor one whose time is up") {
    alice.expires = now + 5s;
    CHECK_FALSE(access.take({alice, bob}, now + 4s));
    CHECK(status(access, with("Authorization", "Bearer alice")) == 200);
    CHECK(access.take({alice, bob}, now + 5s));
    CHECK(status(access, with("Authorization", "Bearer alice")) == 401);
  }
  SECTION("the last one's end opens nothing") {
    alice.revoked = now;
    access.take({alice}, now);
    CHECK_FALSE(access.any_holds());
    CHECK(status(access, {}) == 401);
  }
}

TEST_CASE("a refusal says what is missing, as RFC 6750 has it") {
  Access access;
  access.take({row("alice", "read")}, now);
  auto const none = access.admit({}, Scope::read).error();
  CHECK(none.headers.front() == std::pair<std::string, std::string>("WWW-Authenticate", R"(Bearer realm="runcast")"));
  auto const less = access.admit(with("Authorization", "Bearer alice"), Scope::work).error();
  CHECK(less.headers.front().second == R"(Bearer realm="runcast", error="insufficient_scope", scope="work")");
}

TEST_CASE("a person who opens the dashboard is sent to sign in, a program is refused") {
  Access access;
  access.take({row("alice", "read")}, now);
  auto visit = with("Accept", "text/html,application/xhtml+xml");
  visit.path = "/";
  CHECK(status(access, visit) == 303);
  visit.headers.clear();
  CHECK(status(access, visit) == 401);
}

TEST_CASE("a cookie is found by its whole name") {
  CHECK(cookie_value("a=1; b=2;c=3", "b") == "2");
  CHECK(cookie_value("a=1; b=2;c=3", "c") == "3");
  CHECK(cookie_value("ab=1; b=", "b").empty());
  CHECK(cookie_value("ab=1", "b").empty());
  CHECK(cookie_value("", "b").empty());
}
