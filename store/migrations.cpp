#include "store/migrations.hpp"

#include <fmt/format.h>

#include "store/sha256.hpp"

namespace runcast {
namespace {

constexpr int application_id = 0x52435354;  // "RCST": what `file` and a curious user find in the header

constexpr char const* create_history =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "  number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied INTEGER NOT NULL) STRICT";

Result<std::int64_t> single_integer(Connection& connection, std::string_view sql) {
  auto row = connection.query(sql);
  if (!row) return row.error();
  auto there = (*row)->step();
  if (!there) return there.error();
  return *there ? (*row)->integer(0) : 0;
}

Result<void> claim_file(Connection& connection) {
  auto const id = single_integer(connection, "PRAGMA application_id");
  if (!id) return id.error();
  if (*id == application_id) return {};
  auto const tables = single_integer(connection, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*id != 0 || *tables != 0) return fail(Errc::invalid, "this is a database of another program, not of runcast");
  return connection.execute(fmt::format("PRAGMA application_id={}", application_id));
}

// How many of `migrations` are applied already, once their record has been checked.
Result<std::size_t> check_history(Connection& connection, std::span<Migration const> migrations) {
  auto rows = connection.query("SELECT number, name, checksum FROM schema_migrations ORDER BY number");
  if (!rows) return rows.error();
  std::size_t applied = 0;
  for (;;) {
    auto const there = (*rows)->step();
    if (!there) return there.error();
    if (!*there) return applied;
    if (applied == migrations.size()) {
      return fail(Errc::invalid, fmt::format("the database is newer than this program: it has migration {}, and this "
                                             "program knows {}; run the newer runcast",
                                             (*rows)->text(1), migrations.size()));
    }
    auto const& migration = migrations[applied];
    if ((*rows)->integer(0) != migration.number || (*rows)->text(2) != sha256_hex(migration.sql)) {
      return fail(Errc::corrupt, fmt::format("migration {} was applied to this database in another text (as {})",
                                             migration.name, (*rows)->text(1)));
    }
    ++applied;
  }
}

Result<void> apply(Connection& connection, Migration const& migration, Timestamp now) {
  if (auto done = connection.execute("BEGIN IMMEDIATE"); !done) return done;
  auto done = connection.execute(std::string(migration.sql));
  if (done) {
    done = connection.run("INSERT INTO schema_migrations VALUES (?, ?, ?, ?)", migration.number, migration.name,
                          std::string_view(sha256_hex(migration.sql)), now);
  }
  if (done) done = connection.execute("COMMIT");
  if (done) return {};
  if (connection.in_transaction()) (void)connection.execute("ROLLBACK");
  return fail(done.error().code, fmt::format("migration {}: {}", migration.name, done.error().message));
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<Migration const> migrations, Timestamp now) {
  if (auto done = claim_file(connection); !done) return done;
  if (auto done = connection.execute(create_history); !done) return done;
  auto const applied = check_history(connection, migrations);
  if (!applied) return applied.error();
  for (auto const& migration : migrations.subspan(*applied)) {
    if (auto done = apply(connection, migration, now); !done) return done;
  }
  return {};
}

}  // namespace runcast
