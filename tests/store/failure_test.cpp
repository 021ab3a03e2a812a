#include <catch2/catch.hpp>

#include <atomic>

#include "store/connection.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

// From here on the database file cannot grow, as on a full disk.
void fill_disk(Store& store) {
  await(store.write([](WriteTx& tx) { return tx.connection().execute("PRAGMA max_page_count=1"); })).value();
}

}  // namespace

TEST_CASE("a full disk ends the store: nobody is told of what was not stored") {
  TempDir dir;
  RunId run;
  std::vector<std::string> told_texts;
  {
    auto const store = open_store(dir.path());
    Recorder const told(*store);
    std::vector<Error> fatal;
    store->on_fatal([&](Error const& error) { fatal.push_back(error); });
    run = create_run(*store);
    append(*store, run, lines(10));
    fill_disk(*store);

    auto const refused = await(store->append(run, lines(1000, std::string(200, 'x'))));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == Errc::io);
    CHECK(refused.error().message.find("the disk is full") != std::string::npos);
    CHECK_FALSE(store->healthy());
    REQUIRE(fatal.size() == 1);
    CHECK(fatal[0] == refused.error());

    auto const later = await(store->append(run, lines(1)));
    REQUIRE(later.has_error());
    CHECK(later.error() == refused.error());
    told_texts = told.texts(run);
    CHECK(told_texts.size() == 10);
  }
  auto const store = open_store(dir.path());
  CHECK(texts(*store, run) == told_texts);
  CHECK(append(*store, run, lines(1)) == std::vector<std::uint64_t>{11});
}

TEST_CASE("a sink that throws ends the store, but what was committed is answered as such") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  // Set late, but before anything writes an event.
  store->on_commit([](std::shared_ptr<Commit const>) -> Awaitable<void> {
    throw std::runtime_error("nobody is listening");
    co_return;
  });
  CHECK(await(store->append(run, lines(1))).has_value());
  auto const later = await(store->append(run, lines(1)));
  REQUIRE(later.has_error());
  CHECK(later.error().message.find("nobody is listening") != std::string::npos);
  CHECK(texts(*store, run).size() == 1);
}
