#include <catch2/catch.hpp>

#include "store/connection.hpp"
#include "store/incarnation.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;
namespace fs = std::filesystem;

namespace {

LastSession clean_session() {
  LastSession last;
  last.epoch = "abc";
  last.file = "17:1";
  last.last_id = 100;
  last.note = HighWater{"abc", 100};
  return last;
}

bool may_be_lost(LastSession const& last) { return why_tail_may_be_lost(last, "17:1", "boot-1").has_value(); }

// A store's epoch and its newest id, opened and closed again; with `events` more in it.
std::pair<std::string, std::uint64_t> visit(fs::path const& path, std::size_t events = 0) {
  auto const store = open_store(path);
  if (events > 0) append(*store, create_run(*store), lines(events));
  return {store->epoch(), store->last_id()};
}

}  // namespace

TEST_CASE("after a clean stop, or a kill, the log is whole") {
  auto last = clean_session();
  CHECK_FALSE(may_be_lost(last));
  last.open_boot = "boot-1";  // killed, but the system went on and wrote its pages
  CHECK_FALSE(may_be_lost(last));
  last.note->last_id = 90;  // noted only now and then
  CHECK_FALSE(may_be_lost(last));
  last.note.reset();
  CHECK_FALSE(may_be_lost(last));
}

TEST_CASE("another boot under a session that did not sync each commit may have lost its tail") {
  auto last = clean_session();
  last.open_boot = "boot-0";
  CHECK(may_be_lost(last));
}

TEST_CASE("another file, an older log or another epoch than the note's may have lost its tail") {
  auto last = clean_session();
  SECTION("another file") { last.file = "18:1"; }
  SECTION("an older log") { last.note->last_id = 101; }
  SECTION("another epoch") { last.note->epoch = "def"; }
  CHECK(may_be_lost(last));
}

TEST_CASE("the epoch outlives clean restarts") {
  TempDir dir;
  auto const [epoch, id] = visit(dir / "data", 3);
  CHECK(visit(dir / "data") == std::pair(epoch, id));
}

TEST_CASE("two databases have two epochs") {
  TempDir dir;
  CHECK(visit(dir / "one").first != visit(dir / "other").first);
}

TEST_CASE("a restored backup of the database begins a new epoch, with ids above all that were seen") {
  TempDir dir;
  auto const [epoch, old_id] = visit(dir / "data", 3);
  fs::copy_file(dir / "data/runcast.db", dir / "backup");
  auto const [same, seen_id] = visit(dir / "data", 100);
  CHECK(same == epoch);
  SECTION("put in place of the file") {
    fs::remove(dir / "data/runcast.db");
    fs::copy_file(dir / "backup", dir / "data/runcast.db");
  }
  SECTION("written over the file") {
    fs::copy_file(dir / "backup", dir / "data/runcast.db", fs::copy_options::overwrite_existing);
  }
  auto const [fresh, id] = visit(dir / "data", 1);
  CHECK(fresh != epoch);
  CHECK(id > seen_id);
  CHECK(visit(dir / "data").first == fresh);
}

TEST_CASE("a copied data directory is another incarnation, the moved one is the same") {
  TempDir dir;
  auto const [epoch, id] = visit(dir / "data", 3);
  fs::copy(dir / "data", dir / "copy", fs::copy_options::recursive);
  fs::permissions(dir / "copy", fs::perms(0700));
  fs::rename(dir / "data", dir / "moved");
  CHECK(visit(dir / "copy").first != epoch);
  CHECK(visit(dir / "moved").first == epoch);
}

TEST_CASE("a session that did not sync leaves its boot in the database until it ends cleanly") {
  TempDir dir;
  auto const open_boot = [](Store& store) {
    std::string boot;
    await(store.read([&](Connection& connection) -> Result<void> {
      auto row = connection.query("SELECT value FROM meta WHERE key = 'open_boot'");
      if (!row) return row.error();
      if (auto const there = (*row)->step(); !there) return there.error();
      boot = (*row)->str(0);
      return {};
    })).value();
    return boot;
  };
  auto store = open_store(dir.path(), Durability::crash);
  CHECK_FALSE(open_boot(*store).empty());
  store.reset();
  store = open_store(dir.path(), Durability::power);
  CHECK(open_boot(*store).empty());
}
