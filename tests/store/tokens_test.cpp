#include "store/tokens.hpp"

#include <sys/stat.h>
#include <catch2/catch.hpp>

#include "store/sha256.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp now{Millis{1'700'000'000'000}};

Tokens::Request named(std::string name) { return {std::move(name), *Scopes::parse("read"), std::nullopt}; }

}  // namespace

TEST_CASE("a token is kept as its hash, in a file that is its user's alone") {
  TempDir dir;
  auto tokens = Tokens::open(dir / "data").value();
  auto const made = *tokens.create(named("ci"), now);
  CHECK(made.token.starts_with("rc_"));
  CHECK(made.token.size() == 3 + 64);
  CHECK(made.row.hash == sha256_hex(made.token));
  auto const rows = *tokens.list();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].name == "ci");
  CHECK(rows[0].scopes == *Scopes::parse("read"));
  CHECK(rows[0].holds(now));
  struct stat info{};
  REQUIRE(::stat((dir / "data/tokens.db").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("tokens are made beside a running server, which sees that something has changed") {
  TempDir dir;
  auto const store = open_store(dir / "data");
  CHECK_FALSE(Tokens::open_existing(dir / "data", 50ms)->has_value());
  auto writer = Tokens::open(dir / "data").value();
  auto reader = std::move(**Tokens::open_existing(dir / "data", 50ms));
  auto const before = *reader.version();
  CHECK(*reader.version() == before);
  REQUIRE(writer.create(named("ci"), now).has_value());
  CHECK(*reader.version() != before);
  CHECK(reader.list()->size() == 1);
}

TEST_CASE("a token holds until it is revoked or its time is up") {
  TempDir dir;
  auto tokens = Tokens::open(dir / "data").value();
  auto const brief = *tokens.create({"", *Scopes::parse("work"), Millis(1000)}, now);
  CHECK(brief.row.holds(now + 999ms));
  CHECK_FALSE(brief.row.holds(now + 1s));
  auto const ci = *tokens.create(named("ci"), now);
  CHECK(tokens.create(named("ci"), now).error().code == Errc::conflict);
  CHECK(tokens.revoke("ci", now)->id == ci.row.id);
  CHECK(tokens.revoke("ci", now).error().code == Errc::not_found);
  CHECK(tokens.revoke(brief.row.id, now).has_value());
  CHECK(tokens.create(named("ci"), now).has_value());  // a revoked one's name is free again
  CHECK(tokens.list()->size() == 3);
}

TEST_CASE("a token's name is short and plain") {
  TempDir dir;
  auto tokens = Tokens::open(dir / "data").value();
  for (auto const* name : {"two words", "line\nfeed", "\x7f"}) {
    CHECK(tokens.create(named(name), now).error().code == Errc::invalid);
  }
  CHECK(tokens.create(named(std::string(65, 'x')), now).error().code == Errc::invalid);
  CHECK(tokens.create(named(std::string(64, 'x')), now).has_value());
}
