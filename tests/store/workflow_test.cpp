#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

struct Workflows {
  TempDir dir;
  std::unique_ptr<Store> store = open_store(dir.path());

  Result<int> create(std::string const& name, std::string const& json) {
    return versioned([&](WriteTx& tx) { return tx.create_workflow(name, json, from_epoch_ms(1000)); });
  }
  Result<int> put(std::string const& name, std::string const& json) {
    return versioned([&](WriteTx& tx) { return tx.put_workflow(name, json, from_epoch_ms(2000)); });
  }
  Result<void> remove(std::string const& name) {
    return await(store->write([&](WriteTx& tx) { return tx.delete_workflow(name, from_epoch_ms(3000)); }));
  }

 private:
  Result<int> versioned(std::function<Result<int>(WriteTx&)> op) {
    int version = 0;
    auto const done = await(store->write([&](WriteTx& tx) -> Result<void> {
      auto const made = op(tx);
      if (!made) return made.error();
      version = *made;
      return {};
    }));
    if (!done) return done.error();
    return version;
  }
};

}  // namespace

TEST_CASE("a stored workflow is found by its name, in its latest version and in any") {
  Workflows workflows;
  CHECK(workflows.create("release", "{\"v\":1}").value() == 1);
  CHECK(workflows.put("release", "{\"v\":2}").value() == 2);
  auto const latest = await(workflows.store->workflow("release")).value();
  CHECK(latest.version == 2);
  CHECK(latest.definition_json == "{\"v\":2}");
  CHECK(latest.created == from_epoch_ms(1000));
  CHECK(latest.updated == from_epoch_ms(2000));
  CHECK(await(workflows.store->workflow_version("release", 1)).value().definition_json == "{\"v\":1}");
  CHECK(await(workflows.store->workflow_version("release", 3)).error().code == Errc::not_found);
}

TEST_CASE("a name is created once") {
  Workflows workflows;
  CHECK(workflows.create("release", "{}").has_value());
  auto const again = workflows.create("release", "{}");
  REQUIRE(again.has_error());
  CHECK(again.error().code == Errc::conflict);
}

TEST_CASE("a deleted workflow is hidden, keeps its versions, and goes on counting them") {
  Workflows workflows;
  CHECK(workflows.create("release", "{\"v\":1}").has_value());
  CHECK(workflows.remove("release").has_value());
  CHECK(workflows.remove("release").error().code == Errc::not_found);
  CHECK(await(workflows.store->workflow("release")).error().code == Errc::not_found);
  CHECK(await(workflows.store->workflows(10, "")).value().items.empty());
  CHECK(await(workflows.store->workflow_version("release", 1)).has_value());
  CHECK(workflows.create("release", "{\"v\":2}").value() == 2);
  CHECK(await(workflows.store->workflow("release")).value().version == 2);
}

TEST_CASE("workflows are listed by name, page by page") {
  Workflows workflows;
  for (auto const* name : {"c", "a", "b"}) CHECK(workflows.create(name, "{}").has_value());
  auto const first = await(workflows.store->workflows(2, "")).value();
  REQUIRE(first.items.size() == 2);
  CHECK(first.items[0].name == "a");
  REQUIRE(first.next_cursor);
  auto const second = await(workflows.store->workflows(2, *first.next_cursor)).value();
  REQUIRE(second.items.size() == 1);
  CHECK(second.items[0].name == "c");
  CHECK_FALSE(second.next_cursor);
}

TEST_CASE("a page of large workflows ends before it is full, but has one at least") {
  Workflows workflows;
  for (auto const* name : {"a", "b", "c"}) {
    CHECK(workflows.create(name, fmt::format("\"{}{}\"", name, std::string(3u << 20, 'x'))).has_value());
  }
  std::string cursor;
  for (auto const* name : {"a", "b", "c"}) {
    auto const page = await(workflows.store->workflows(10, cursor)).value();
    REQUIRE(page.items.size() == 1);
    CHECK(page.items[0].name == name);
    CHECK(page.next_cursor.has_value() == (page.items[0].name != "c"));
    cursor = page.next_cursor.value_or("");
  }
}

TEST_CASE("a workflow is read with the newest run of its name") {
  Workflows workflows;
  CHECK(workflows.create("build", "{}").has_value());
  CHECK_FALSE(await(workflows.store->workflow("build")).value().last_run);
  create_run(*workflows.store);
  auto const newest = create_run(*workflows.store);
  create_run(*workflows.store, "another");
  for (auto const& row : {await(workflows.store->workflow("build")).value(),
                          await(workflows.store->workflows(10, "")).value().items.at(0)}) {
    REQUIRE(row.last_run);
    CHECK(row.last_run->id == newest);
  }
}
