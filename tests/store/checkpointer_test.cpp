#include <catch2/catch.hpp>

#include "store/checkpointer.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

constexpr std::uint64_t bound = 256u << 10;

struct Wal {
  TempDir dir;
  std::unique_ptr<Connection> connection = Connection::open(dir / "test.db", Connection::Mode::read_write).value();
  std::optional<Checkpointer> checkpointer;

  Wal() {
    connection->execute("PRAGMA journal_mode=WAL; CREATE TABLE t (text TEXT)").value();
    checkpointer.emplace(*connection, bound);
  }
  void write_page() {
    std::string const text(4000, 'x');
    connection->run("INSERT INTO t VALUES (?)", std::string_view(text)).value();
  }
  std::uint64_t size() const { return std::filesystem::file_size(dir / "test.db-wal"); }
};

}  // namespace

TEST_CASE("the WAL stays near its bound under writes that never pause") {
  Wal wal;
  for (int i = 0; i < 1000; ++i) {
    wal.write_page();
    wal.checkpointer->if_due().value();
  }
  CHECK(wal.size() < 2 * bound);
}

TEST_CASE("a reader that stays in its transaction holds up no checkpoint, and the WAL shrinks when it is gone") {
  Wal wal;
  {
    auto const reader = Connection::open(wal.dir / "test.db", Connection::Mode::read_only).value();
    reader->execute("BEGIN; SELECT * FROM t").value();
    for (int i = 0; i < 200; ++i) {
      wal.write_page();
      wal.checkpointer->if_due().value();
      wal.checkpointer->when_idle().value();
    }
    CHECK(wal.size() > bound);
  }
  wal.checkpointer->when_idle().value();
  CHECK(wal.size() == 0);
}

TEST_CASE("an idle checkpoint moves all that was written into the database") {
  Wal wal;
  wal.write_page();
  wal.checkpointer->when_idle().value();
  wal.checkpointer.reset();
  std::filesystem::copy_file(wal.dir / "test.db", wal.dir / "alone.db");
  auto const alone = Connection::open(wal.dir / "alone.db", Connection::Mode::read_only).value();
  auto row = alone->query("SELECT count(*) FROM t").value();
  REQUIRE(row->step().value());
  CHECK(row->integer(0) == 1);
}
