#include "model/scope.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

TEST_CASE("a scope allows itself only, but admin allows everything") {
  auto const scopes = *Scopes::parse("read,work");
  CHECK(scopes.allow(Scope::read));
  CHECK(scopes.allow(Scope::work));
  CHECK_FALSE(scopes.allow(Scope::submit));
  CHECK_FALSE(scopes.allow(Scope::admin));
  for (auto const scope : {Scope::open, Scope::read, Scope::submit, Scope::work, Scope::admin}) {
    CHECK(Scopes::parse("admin")->allow(scope));
    CHECK(Scopes().allow(scope) == (scope == Scope::open));
  }
}

TEST_CASE("scopes are written as they are read") {
  CHECK(Scopes::parse("submit,read,read")->str() == "read,submit");
  CHECK(Scopes::all().str() == "admin");
}

TEST_CASE("a list of scopes that is none says what there is") {
  CHECK(Scopes::parse("").error().code == Errc::invalid);
  CHECK(Scopes::parse("read,").error().code == Errc::invalid);
  CHECK(Scopes::parse("open").error().code == Errc::invalid);
  CHECK(Scopes::parse("reed").error().message == "'reed' is no scope: read, submit, work, admin; did you mean 'read'?");
}
