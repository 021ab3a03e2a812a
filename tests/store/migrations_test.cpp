#include <catch2/catch.hpp>

#include "store/migrations.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

constexpr Migration first{1, "001_first", "CREATE TABLE a (x INTEGER);"};
constexpr Migration second{2, "002_second", "CREATE TABLE b (y INTEGER); INSERT INTO a VALUES (1);"};
constexpr Migration broken{2, "002_broken", "CREATE TABLE c (z INTEGER); INSERT INTO nowhere VALUES (1);"};

struct Database {
  TempDir dir;
  std::unique_ptr<Connection> connection = Connection::open(dir / "test.db", Connection::Mode::read_write).value();

  Result<void> migrate(std::vector<Migration> const& migrations) {
    return runcast::migrate(*connection, migrations, from_epoch_ms(1));
  }
  std::int64_t number(std::string_view sql) {
    auto row = connection->query(sql).value();
    return row->step().value() ? row->integer(0) : -1;
  }
};

}  // namespace

TEST_CASE("missing migrations are applied once, in order") {
  Database database;
  CHECK(database.migrate({first}).has_value());
  CHECK(database.migrate({first, second}).has_value());
  CHECK(database.migrate({first, second}).has_value());
  CHECK(database.number("SELECT count(*) FROM a") == 1);
  CHECK(database.number("SELECT count(*) FROM schema_migrations") == 2);
}

TEST_CASE("a migration that fails leaves nothing behind") {
  Database database;
  CHECK(database.migrate({first}).has_value());
  auto const failed = database.migrate({first, broken});
  REQUIRE(failed.has_error());
  CHECK(failed.error().message.find("002_broken") != std::string::npos);
  CHECK(database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'c'") == 0);
  CHECK(database.migrate({first, second}).has_value());
}

TEST_CASE("a database that is newer than the program is refused") {
  Database database;
  CHECK(database.migrate({first, second}).has_value());
  auto const refused = database.migrate({first});
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::invalid);
  CHECK(refused.error().message.find("newer than this program: it has migration 002_second") != std::string::npos);
}

TEST_CASE("a migration whose text was changed after it was applied is refused") {
  Database database;
  CHECK(database.migrate({first}).has_value());
  Migration altered = first;
  altered.sql = "CREATE TABLE a (x TEXT);";
  auto const refused = database.migrate({altered});
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::corrupt);
}

TEST_CASE("another program's database is left alone") {
  Database database;
  REQUIRE(database.connection->execute("CREATE TABLE theirs (x INTEGER)").has_value());
  auto const refused = database.migrate({first});
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::invalid);
  CHECK(database.number("SELECT count(*) FROM sqlite_schema") == 1);
}

TEST_CASE("the embedded migrations are numbered from 1 without a gap") {
  auto const migrations = embedded_migrations();
  REQUIRE_FALSE(migrations.empty());
  for (std::size_t i = 0; i < migrations.size(); ++i) CHECK(migrations[i].number == static_cast<int>(i + 1));
}
