#include <catch2/catch.hpp>

#include <latch>
#include <stdexcept>

#include "base/task_group.hpp"
#include "store/connection.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

// Starts several writes so that they come to share a transaction, and waits for all.
void together(std::vector<Awaitable<>> tasks) {
  await([](std::vector<Awaitable<>> all) -> Awaitable<> {
    TaskGroup group(co_await asio::this_coro::executor);
    for (auto& task : all) group.spawn(std::move(task));
    co_await group.join();
  }(std::move(tasks)));
}

}  // namespace

TEST_CASE("an op that fails is undone alone") {
  TempDir dir;
  auto const store = open_store(dir.path());
  Recorder const told(*store);
  auto const run = create_run(*store);
  auto const other = create_run(*store);
  auto const before = store->last_id();
  RunId const never = new_run_id();

  auto const good = [&](std::string text) -> Awaitable<> {
    auto const done = co_await store->write([&run, text](WriteTx& tx) -> Result<void> {
      auto const seq = tx.append(run, line(text));
      if (!seq) return seq.error();
      return {};
    });
    CHECK(done.has_value());
  };
  auto const bad = [&]() -> Awaitable<> {
    bool appended = true;
    auto const done = co_await store->write([&](WriteTx& tx) -> Result<void> {
      appended &= tx.append(run, line("undone")).has_value();
      appended &= tx.append(other, line("undone, too")).has_value();
      appended &= tx.append(other, run_complete()).has_value();
      NewRun fresh;
      fresh.id = never;
      fresh.definition_json = "{}";
      appended &= tx.create_run(fresh, system_time()).has_value();
      appended &= tx.append(never, line("undone, three")).has_value();
      return fail(Errc::conflict, "changed its mind");
    });
    CHECK(appended);
    REQUIRE(done.has_error());
    CHECK(done.error().message == "changed its mind");
  };
  std::vector<Awaitable<>> tasks;
  tasks.push_back(good("one"));
  tasks.push_back(bad());
  tasks.push_back(good("two"));
  together(std::move(tasks));

  auto const stored = texts(*store, run);
  REQUIRE(stored.size() == 2);
  CHECK(stored[0].find("one") != std::string::npos);
  CHECK(stored[1].find("two") != std::string::npos);
  CHECK(told.texts(run) == stored);
  CHECK(told.texts(other).empty());
  CHECK(told.texts(never).empty());
  CHECK(store->last_id() == before + 2);
  CHECK(await(store->run(never)).has_error());
  CHECK(append(*store, other, lines(1)) == std::vector<std::uint64_t>{1});
}

TEST_CASE("what is done again alone is answered for that, and counted once") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  auto const ended = create_run(*store);
  append(*store, ended, drafts(run_start(), run_complete()));

  // The writer is kept busy until all the others are queued, so that they share a transaction.
  std::latch busy(1);
  std::latch queued(1);
  auto const hold = [&]() -> Awaitable<> {
    auto const done = co_await store->write([&](WriteTx&) -> Result<void> {
      busy.count_down();
      queued.wait();
      return {};
    });
    CHECK(done.has_value());
  };
  auto const throws_once = [&]() -> Awaitable<> {
    busy.wait();
    int calls = 0;
    auto const done = co_await store->write([&](WriteTx&) -> Result<void> {
      if (++calls == 1) throw std::runtime_error("not now");
      return {};
    });
    CHECK(done.has_value());
    CHECK(calls == 2);
  };
  auto const refused = [&]() -> Awaitable<> { CHECK((co_await store->post(ended, lines(1))).has_value()); };
  auto const undone = [&]() -> Awaitable<> {
    auto const done = co_await store->write([&](WriteTx& tx) -> Result<void> {
      if (!tx.append(run, line("undone"))) return {};
      return fail(Errc::conflict, "changed its mind");
    });
    CHECK(done.has_error());
  };
  auto const release = [&]() -> Awaitable<> {
    queued.count_down();
    co_return;
  };
  std::vector<Awaitable<>> tasks;
  tasks.push_back(hold());
  tasks.push_back(throws_once());
  tasks.push_back(refused());
  tasks.push_back(undone());
  tasks.push_back(release());
  together(std::move(tasks));
  CHECK(store->refused_posts() == 1);
}

TEST_CASE("an op that throws is undone, and its caller gets the exception") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  auto const write = [&] {
    return await(store->write([&](WriteTx& tx) -> Result<void> {
      CHECK(tx.append(run, line("undone")).has_value());
      throw std::logic_error("a bug");
    }));
  };
  CHECK_THROWS_WITH(write(), "a bug");
  CHECK(texts(*store, run).empty());
  CHECK(store->healthy());
}

TEST_CASE("an op can append on a condition") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  append(*store, run, lines(3));
  auto const if_last_is = [&](std::uint64_t expected) {
    return await(store->write([&, expected](WriteTx& tx) -> Result<void> {
      if (tx.last_seq(run).value() != expected) return fail(Errc::conflict, "somebody was faster");
      return tx.append(run, line("mine")).has_value() ? Result<void>() : fail(Errc::io, "not appended");
    }));
  };
  CHECK(if_last_is(2).has_error());
  CHECK(if_last_is(3).has_value());
  CHECK(texts(*store, run).size() == 4);
}

TEST_CASE("other folders' tables share the transaction") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const insert = [&](bool succeed) {
    return await(store->write([succeed](WriteTx& tx) -> Result<void> {
      auto done = tx.connection().run("INSERT INTO meta VALUES (?, 'x')", std::string_view(succeed ? "kept" : "lost"));
      if (!done || succeed) return done;
      return fail(Errc::invalid, "no");
    }));
  };
  CHECK(insert(true).has_value());
  CHECK(insert(false).has_error());
  int rows = 0;
  auto const counted = await(store->read([&](Connection& connection) -> Result<void> {
    auto row = connection.query("SELECT count(*) FROM meta WHERE key IN ('kept', 'lost')");
    if (!row) return row.error();
    if (auto const there = (*row)->step(); !there) return there.error();
    rows = static_cast<int>((*row)->integer(0));
    return {};
  }));
  CHECK(counted.has_value());
  CHECK(rows == 1);
}

TEST_CASE("an idempotency key gives the first answer again, and only to the same request") {
  TempDir dir;
  auto const store = open_store(dir.path());
  int made = 0;
  auto const request = [&](std::string const& fingerprint) {
    StoredAnswer answer;
    auto const done = await(store->write([&](WriteTx& tx) -> Result<void> {
      auto const earlier = tx.recall("key", fingerprint);
      if (!earlier) return earlier.error();
      if (*earlier) {
        answer = **earlier;
        return {};
      }
      answer = {201, "made " + std::to_string(++made)};
      return tx.remember("key", fingerprint, answer, system_time());
    }));
    return done ? answer.body : done.error().message;
  };
  CHECK(request("a") == "made 1");
  CHECK(request("a") == "made 1");
  CHECK(request("b") == "this idempotency key was used for another request");
}

TEST_CASE("what a request was answered first is what it is answered ever after") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const answer = [&](std::string const& key, std::string const& fresh) {
    std::string first;
    auto const written = await(store->write([&](WriteTx& tx) -> Result<void> {
      first = tx.first_answer(key, fresh).value();
      return {};
    }));
    REQUIRE(written.has_value());
    return first;
  };
  CHECK(answer("key", "unknown") == "unknown");
  auto const kept = await(store->write([](WriteTx& tx) { return tx.remember("key", "a", {0, "RUN"}, system_time()); }));
  REQUIRE(kept.has_value());
  CHECK(answer("key", "it runs") == "it runs");
  CHECK(answer("key", "it has ended") == "it runs");
}

TEST_CASE("a run's id is taken once") {
  TempDir dir;
  auto const store = open_store(dir.path());
  NewRun run;
  run.id = create_run(*store);
  auto const again = await(store->write([&](WriteTx& tx) { return tx.create_run(run, system_time()); }));
  REQUIRE(again.has_error());
  CHECK(again.error().code == Errc::conflict);
}

TEST_CASE("a cancelled caller still learns what became of its write") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  std::optional<std::uint64_t> seq;
  auto const work = [&]() -> Awaitable<> {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn([](Store& to, RunId id, std::optional<std::uint64_t>& result) -> Awaitable<> {
      result = (co_await to.append(id, lines(1))).value().front();
    }(*store, run, seq));
    co_await yield();
    co_await yield();
    group.cancel();
    co_await group.join();
  };
  await(work());
  CHECK(texts(*store, run).size() == (seq ? 1 : 0));
}
