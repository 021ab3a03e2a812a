#include "store/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace runcast {
namespace {

constexpr char const* common_pragmas =
    "PRAGMA foreign_keys=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA trusted_schema=OFF;";

// 8 MiB hold the ends of all trees, where nearly all is written. SQLite goes through its whole cache at the commit of a
// transaction that has split a page anywhere else, so a larger one costs more than it saves.
constexpr char const* writer_pragmas =
    "PRAGMA cache_size=-8192;"
    "PRAGMA wal_autocheckpoint=0;";  // the writer chooses the moment

constexpr char const* reader_pragmas =
    "PRAGMA query_only=ON;"
    "PRAGMA cache_size=-8192;";  // 8 MiB each; no mmap: the hub keeps what is asked for often, and memory stays flat

// SQLite counts its memory under a lock that all connections share, and nobody here asks for the count.
void forgo_memory_statistics() {
  static bool const done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK;
  (void)done;  // it is refused where the program has used SQLite before, and only speed is lost
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(std::filesystem::path const& file, Mode mode, char const* vfs) {
  forgo_memory_statistics();
  sqlite3* raw = nullptr;
  int const flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE |
                    (mode == Mode::read_write ? SQLITE_OPEN_CREATE : 0);
  int const code = sqlite3_open_v2(file.c_str(), &raw, flags, vfs);
  std::unique_ptr<Connection> connection(new Connection(raw));
  if (code != SQLITE_OK) return sqlite_error(raw, fmt::format("opening {}", file.string()));
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  for (auto const* pragmas : {common_pragmas, mode == Mode::read_write ? writer_pragmas : reader_pragmas}) {
    if (auto done = connection->execute(pragmas); !done) return done.error();
  }
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(connection_);
}

Result<Borrowed> Connection::statement(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    auto prepared = Statement::prepare(connection_, sql);
    if (!prepared) return prepared.error();
    found = statements_.emplace(sql, std::move(*prepared)).first;
  }
  return Borrowed(found->second);
}

Result<void> Connection::execute(std::string const& sql) {
  if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return sqlite_error(connection_, "running a script");
}

int Connection::changes() const { return sqlite3_changes(connection_); }

std::int64_t Connection::total_changes() const { return sqlite3_total_changes64(connection_); }

std::int64_t Connection::last_rowid() const { return sqlite3_last_insert_rowid(connection_); }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(connection_) == 0; }

}  // namespace runcast
