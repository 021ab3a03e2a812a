#include "store/statement.hpp"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace runcast {
namespace {

Errc errc_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return Errc::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    case SQLITE_TOOBIG:
      return Errc::too_large;
    default:
      return Errc::io;
  }
}

}  // namespace

Error sqlite_error(sqlite3* connection, std::string_view doing) {
  int const code = sqlite3_extended_errcode(connection);
  if ((code & 0xff) == SQLITE_FULL) return fail(Errc::io, fmt::format("the disk is full ({})", doing));
  return fail(errc_of(code), fmt::format("the database failed ({}): {}", doing, sqlite3_errmsg(connection)));
}

Result<Statement> Statement::prepare(sqlite3* connection, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int const code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return sqlite_error(connection, fmt::format("preparing {}", sql));
  return Statement(statement);
}

Statement::Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(int parameter, std::int64_t value) { sqlite3_bind_int64(statement_, parameter, value); }

void Statement::bind(int parameter, std::string_view value) {
  char const* data = value.data() ? value.data() : "";  // a null pointer would bind NULL
  sqlite3_bind_text64(statement_, parameter, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind(int parameter, std::nullopt_t) { sqlite3_bind_null(statement_, parameter); }

Result<bool> Statement::step() {
  int const code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  auto error = sqlite_error(sqlite3_db_handle(statement_), "running a statement");
  sqlite3_reset(statement_);
  return error;
}

Result<void> Statement::run() {
  auto row = step();
  if (!row) return row.error();
  if (*row) sqlite3_reset(statement_);
  return {};
}

void Statement::reset() { sqlite3_reset(statement_); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::text(int column) const {
  auto const* data = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column));
  if (!data) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<Timestamp> Statement::maybe_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

}  // namespace runcast
