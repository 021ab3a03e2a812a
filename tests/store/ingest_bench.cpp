#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "store/connection.hpp"
#include "store/event_log.hpp"
#include "store/migrations.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

constexpr std::size_t total = 200'000;
constexpr std::size_t batch = 1'000;

double seconds_of(auto const& work) {
  auto const begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The same rows by a prepared INSERT, their text ready beforehand, in transactions of `batch`.
double bare_rows_per_second(std::filesystem::path const& file, Durability durability, std::string_view json) {
  auto connection = std::move(Connection::open(file, Connection::Mode::read_write).value());
  auto const* synchronous = durability == Durability::power ? "FULL" : "NORMAL";
  connection->execute(fmt::format("PRAGMA journal_mode=WAL; PRAGMA synchronous={}", synchronous)).value();
  migrate(*connection, embedded_migrations(), from_epoch_ms(1)).value();
  auto insert = std::move(Statement::prepare(connection->handle(),
                                             "INSERT INTO events (pos, id, type, step, level, time, json) "
                                             "VALUES (?, ?, 'step_log', 'compile', 1, ?, ?)")
                              .value());
  auto const seconds = seconds_of([&] {
    for (std::size_t i = 0; i < total; ++i) {
      if (i % batch == 0) connection->run("BEGIN IMMEDIATE").value();
      insert.bind_all(position_of(1, i + 1), static_cast<std::uint64_t>(i + 1), std::int64_t{1763682352123}, json);
      insert.run().value();
      if (i % batch == batch - 1) connection->run("COMMIT").value();
    }
  });
  return total / seconds;
}

double store_rows_per_second(Store& store, std::vector<std::vector<EventDraft>> batches) {
  auto const run = create_run(store);
  auto const seconds = seconds_of([&] {
    await([](Store& to, RunId id, std::vector<std::vector<EventDraft>>& all) -> Awaitable<> {
      for (auto& drafts : all) (co_await to.post(id, std::move(drafts))).value();
      (co_await to.append(id, drafts(run_complete()))).value();
    }(store, run, batches));
  });
  return total / seconds;
}

}  // namespace

TEST_CASE("log lines are stored nearly as fast as a bare INSERT stores the same rows", "[.][bench]") {
  auto const durability = GENERATE(Durability::power, Durability::crash);
  for (int round = 0; round < 3; ++round) {
    TempDir dir;
    auto const store = open_store(dir / "data", durability);
    std::vector<std::vector<EventDraft>> batches;
    for (std::size_t i = 0; i < total / batch; ++i) batches.push_back(lines(batch, std::string(150, 'x')));
    auto const ours = store_rows_per_second(*store, std::move(batches));
    auto const runs = await(store->runs({})).value();
    auto const text = await(store->read_events(runs.items[0].id, total / 2, 1)).value().at(0);
    auto const bare = bare_rows_per_second(dir / "bare.db", durability, text);
    fmt::print("{}: {:.0f} rows/s, bare INSERT {:.0f} rows/s, {:.0f} %  ({} bytes a row)\n",
               durability == Durability::power ? "power" : "crash", ours, bare, 100 * ours / bare, text.size());
  }
}
