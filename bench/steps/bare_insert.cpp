// Inserts the events on standard input, one JSON text a line, into the schema that the server has: a prepared INSERT,
// transactions of 1,000 rows, checkpoints where SQLite chooses. Prints rows a second; reading the input does not count.
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "store/connection.hpp"
#include "store/event_log.hpp"
#include "store/migrations.hpp"

namespace {

using namespace runcast;

constexpr std::size_t batch = 1'000;

double rows_per_second(Connection& connection, std::vector<std::string> const& rows) {
  auto insert = Statement::prepare(connection.handle(),
                                   "INSERT INTO events (pos, id, type, step, level, time, json) "
                                   "VALUES (?, ?, 'step_log', 's0', 1, ?, ?)")
                    .value();
  auto const began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % batch == 0) connection.run("BEGIN IMMEDIATE").value();
    insert.bind_all(position_of(1, i + 1), static_cast<std::uint64_t>(i + 1), std::int64_t{1763682352123},
                    std::string_view(rows[i]));
    insert.run().value();
    if (i % batch == batch - 1 || i + 1 == rows.size()) connection.run("COMMIT").value();
  }
  return static_cast<double>(rows.size()) /
         std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bare-insert DATABASE power|crash\n");
    return 2;
  }
  std::vector<std::string> rows;
  for (std::string line; std::getline(std::cin, line);) rows.push_back(line);
  auto const connection = Connection::open(argv[1], Connection::Mode::read_write).value();
  auto const* synchronous = std::string_view(argv[2]) == "power" ? "FULL" : "NORMAL";
  connection
      ->execute(
          fmt::format("PRAGMA journal_mode=WAL; PRAGMA synchronous={}; PRAGMA wal_autocheckpoint=1000", synchronous))
      .value();
  migrate(*connection, embedded_migrations(), from_epoch_ms(1)).value();
  fmt::print("{:.0f}\n", rows_per_second(*connection, rows));
}
