#include <catch2/catch.hpp>

#include <sys/resource.h>

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

struct Cost {
  double wall;  // seconds
  double cpu;   // of all threads
  double rows_per_second() const { return total / wall; }
};

double cpu_seconds() {
  struct rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto const seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Cost cost_of(auto const& work) {
  auto const cpu = cpu_seconds();
  auto const begin = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), cpu_seconds() - cpu};
}

// The same rows by a prepared INSERT, their text ready beforehand, in transactions of `batch`; checkpoints when SQLite
// chooses.
Cost bare_cost(std::filesystem::path const& file, Durability durability, std::string_view json) {
  auto connection = Connection::open(file, Connection::Mode::read_write).value();
  auto const* synchronous = durability == Durability::power ? "FULL" : "NORMAL";
  connection
      ->execute(
          fmt::format("PRAGMA journal_mode=WAL; PRAGMA synchronous={}; PRAGMA wal_autocheckpoint=1000", synchronous))
      .value();
  migrate(*connection, embedded_migrations(), from_epoch_ms(1)).value();
  auto insert = Statement::prepare(connection->handle(),
                                   "INSERT INTO events (pos, id, type, step, level, time, json) "
                                   "VALUES (?, ?, 'step_log', 'compile', 1, ?, ?)")
                    .value();
  return cost_of([&] {
    for (std::size_t i = 0; i < total; ++i) {
      if (i % batch == 0) connection->run("BEGIN IMMEDIATE").value();
      insert.bind_all(position_of(1, i + 1), static_cast<std::uint64_t>(i + 1), std::int64_t{1763682352123}, json);
      insert.run().value();
      if (i % batch == batch - 1) connection->run("COMMIT").value();
    }
  });
}

Cost store_cost(Store& store, std::vector<std::vector<EventDraft>> batches) {
  auto const run = create_run(store);
  return cost_of([&] {
    await([](Store& to, RunId id, std::vector<std::vector<EventDraft>>& all) -> Awaitable<> {
      for (auto& drafts : all) (co_await to.post(id, std::move(drafts))).value();
      (co_await to.append(id, drafts(run_complete()))).value();
    }(store, run, batches));
  });
}

}  // namespace

TEST_CASE("log lines are stored nearly as fast as a bare INSERT stores the same rows", "[.][bench]") {
  auto const durability = GENERATE(Durability::power, Durability::crash);
  std::vector<double> ratios;
  for (int round = 0; round < 7; ++round) {
    TempDir dir;
    auto const store = open_store(dir / "data", durability);
    std::vector<std::vector<EventDraft>> batches;
    for (std::size_t i = 0; i < total / batch; ++i) batches.push_back(lines(batch, std::string(150, 'x')));
    auto const ours = store_cost(*store, std::move(batches));
    auto const runs = await(store->runs({})).value();
    auto const text = await(store->read_events(runs.items[0].id, total / 2, 1)).value().at(0);
    auto const bare = bare_cost(dir / "bare.db", durability, text);
    ratios.push_back(ours.rows_per_second() / bare.rows_per_second());
    fmt::print("{}, {} bytes a row: {:.0f} rows/s ({:.2f} us of CPU a row), bare INSERT {:.0f} rows/s ({:.2f} us)\n",
               durability == Durability::power ? "power" : "crash", text.size(), ours.rows_per_second(),
               1e6 * ours.cpu / total, bare.rows_per_second(), 1e6 * bare.cpu / total);
  }
  std::sort(ratios.begin(), ratios.end());
  fmt::print("median: {:.0f} % of the bare INSERT's rows a second\n", 100 * ratios[ratios.size() / 2]);
}
