#include "queue/registry_table.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include "model/event.hpp"
#include "model/json_parse.hpp"
#include "store/connection.hpp"
#include "store/types.hpp"
#include "store/write_tx.hpp"

namespace runcast::registry_table {
namespace {

namespace json = boost::json;

Result<void> save(Connection& connection, WorkerView const& worker) {
  auto const& intro = worker.intro;
  auto const capabilities = json::serialize(intro.capabilities);
  auto const types = json::serialize(json::value_from(intro.types));
  return connection.run(
      "INSERT OR REPLACE INTO workers (id, machine, hostname, status, capabilities, types, concurrency, connected, "
      "last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      std::string_view(intro.id), std::string_view(intro.machine_id), std::string_view(intro.hostname),
      to_string(worker.status), std::string_view(capabilities), std::string_view(types), intro.concurrency,
      worker.connected, worker.last_seen);
}

Result<void> save(Connection& connection, MachineView const& machine) {
  return connection.run(
      "INSERT OR REPLACE INTO machines (id, hostname, status, registered, last_seen) VALUES (?, ?, ?, ?, ?)",
      std::string_view(machine.id), std::string_view(machine.hostname), to_string(machine.status), machine.registered,
      machine.last_seen);
}

WorkerView read_worker(Statement const& row) {
  WorkerView worker;
  worker.intro.id = row.text(0);
  worker.intro.machine_id = row.text(1);
  worker.intro.hostname = row.text(2);
  worker.status = worker_status_from(row.text(3)).value();
  worker.intro.capabilities = parse_own_json(row.text(4)).as_object();
  worker.intro.types = json::value_to<std::vector<std::string>>(parse_own_json(row.text(5)));
  worker.intro.concurrency = static_cast<int>(row.integer(6));
  worker.connected = row.time(7);
  worker.last_seen = row.time(8);
  return worker;
}

MachineView read_machine(Statement const& row) {
  return {.id = row.str(0),
          .hostname = row.str(1),
          .status = machine_status_from(row.text(2)).value(),
          .registered = row.time(3),
          .last_seen = row.time(4),
          .workers = {}};
}

// Rows that this program wrote; one that does not read is corrupt.
template <class Row>
Result<std::vector<Row>> read_all(Connection& connection, std::string_view sql, Row (*read)(Statement const&)) {
  auto rows = connection.query(sql);
  if (!rows) return rows.error();
  std::vector<Row> all;
  for (;;) {
    auto const there = (*rows)->step();
    if (!there) return there.error();
    if (!*there) return all;
    try {
      all.push_back(read(**rows));
    } catch (std::exception const& error) {
      return fail(Errc::corrupt,
                  fmt::format("the registry's row {} does not read: {}", (*rows)->text(0), error.what()));
    }
  }
}

}  // namespace

Result<void> store(WriteTx& tx, RegistryChanges const& changes, Timestamp now) {
  for (auto const& worker : changes.workers) {
    if (auto saved = save(tx.connection(), worker); !saved) return saved;
  }
  for (auto const& machine : changes.machines) {
    if (auto saved = save(tx.connection(), machine); !saved) return saved;
  }
  for (auto const& worker : changes.forgotten) {
    auto done = tx.connection().run("DELETE FROM workers WHERE id = ?", std::string_view(worker));
    if (!done) return done;
  }
  for (auto const& event : changes.events) {
    if (auto seq = tx.append(system_log, encode(event, now)); !seq) return seq.error();
  }
  return {};
}

Result<std::vector<WorkerView>> workers(Connection& connection) {
  return read_all(
      connection,
      "SELECT id, machine, hostname, status, capabilities, types, concurrency, connected, last_seen FROM workers",
      read_worker);
}

Result<std::vector<MachineView>> machines(Connection& connection) {
  return read_all(connection, "SELECT id, hostname, status, registered, last_seen FROM machines", read_machine);
}

}  // namespace runcast::registry_table
