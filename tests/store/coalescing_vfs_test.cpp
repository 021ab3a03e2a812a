#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "store/coalescing_vfs.hpp"
#include "store/connection.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

std::string const page_of_text(3000, 'x');  // no two of them fit into a page

// A database that is written through the VFS, and a reader that is not.
struct Database {
  TempDir dir;
  std::unique_ptr<Connection> writer =
      Connection::open(dir / "test.db", Connection::Mode::read_write, coalescing_vfs()).value();
  std::unique_ptr<Connection> reader;

  explicit Database(std::string const& synchronous = "NORMAL") {
    writer->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=" + synchronous).value();
    writer->execute("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT NOT NULL)").value();
    reader = Connection::open(dir / "test.db", Connection::Mode::read_only).value();
  }

  Result<void> insert(int rows) {
    for (int i = 0; i < rows; ++i) {
      if (auto done = writer->run("INSERT INTO t (text) VALUES (?)", std::string_view(page_of_text)); !done)
        return done;
    }
    return {};
  }
  Result<void> commit(int rows) {
    writer->execute("BEGIN IMMEDIATE").value();
    if (auto done = insert(rows); !done) return done;
    return writer->run("COMMIT");
  }
  std::int64_t rows_seen() const {
    auto row = reader->query("SELECT count(*) FROM t").value();
    REQUIRE(row->step().value());
    return row->integer(0);
  }
  std::string integrity() const {
    auto row = reader->query("PRAGMA integrity_check").value();
    REQUIRE(row->step().value());
    return row->str(0);
  }
};

// Calls of write(2) and its kin that this process has made.
std::uint64_t writes_so_far() {
  std::ifstream file("/proc/self/io");
  for (std::string name; file >> name;) {
    std::uint64_t value = 0;
    file >> value;
    if (name == "syscw:") return value;
  }
  FAIL("/proc/self/io does not say how many writes there were");
  return 0;
}

// For its lifetime no file of this process can grow beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uint64_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(FileSizeLimit const&) = delete;
  FileSizeLimit& operator=(FileSizeLimit const&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

}  // namespace

TEST_CASE("a transaction's pages reach the WAL in one write") {
  Database database;
  database.commit(1).value();
  auto const before = writes_so_far();
  database.commit(20).value();
  CHECK(writes_so_far() - before == 1);
  CHECK(database.rows_seen() == 21);
}

TEST_CASE("what was committed can be read by others at once, whatever its size") {
  auto const synchronous = GENERATE(as<std::string>(), "OFF", "NORMAL", "FULL");
  Database database(synchronous);
  std::int64_t rows = 0;
  for (int const size : {1, 2, 15, 30, 31, 32, 33, 100, 300}) {  // 31 pages fill the buffer
    database.commit(size).value();
    rows += size;
    REQUIRE(database.rows_seen() == rows);
  }
  CHECK(database.integrity() == "ok");
}

TEST_CASE("pages that leave the cache before their commit are read back, changed and undone") {
  Database database;
  database.writer->execute("PRAGMA cache_size=10").value();
  database.commit(100).value();
  database.writer->execute("BEGIN IMMEDIATE").value();
  database.insert(100).value();
  database.writer->execute("UPDATE t SET text = upper(text)").value();
  database.writer->execute("UPDATE t SET text = text || n").value();
  CHECK(database.rows_seen() == 100);
  SECTION("and committed") {
    database.writer->run("COMMIT").value();
    CHECK(database.rows_seen() == 200);
  }
  SECTION("and undone") {
    database.writer->run("ROLLBACK").value();
    CHECK(database.rows_seen() == 100);
    database.commit(3).value();
    CHECK(database.rows_seen() == 103);
  }
  CHECK(database.integrity() == "ok");
}

TEST_CASE("a WAL that begins anew is written from its start") {
  Database database;
  for (int i = 0; i < 5; ++i) {
    database.commit(40).value();
    database.writer->execute("PRAGMA wal_checkpoint(RESTART)").value();
  }
  CHECK(database.rows_seen() == 200);
  CHECK(database.integrity() == "ok");
}

TEST_CASE("a commit whose write fails is refused, and leaves nothing behind") {
  auto const rows = GENERATE(5, 100);
  Database database;
  database.commit(10).value();
  {
    FileSizeLimit const full(std::filesystem::file_size(database.dir / "test.db-wal"));
    CHECK(database.commit(rows).has_error());
  }
  if (database.writer->in_transaction()) database.writer->run("ROLLBACK").value();
  CHECK(database.rows_seen() == 10);
  database.commit(rows).value();
  CHECK(database.rows_seen() == 10 + rows);
  CHECK(database.integrity() == "ok");
}
