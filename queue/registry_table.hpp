#pragma once

#include <vector>

#include "queue/registry.hpp"

namespace runcast {

class Connection;
class WriteTx;

// The rows of workers and machines, so that a restart knows them.
namespace registry_table {

// The changes' events go into the system's log, with the rows beside them.
Result<void> store(WriteTx& tx, RegistryChanges const& changes, Timestamp now);

Result<std::vector<WorkerView>> workers(Connection& connection);
Result<std::vector<MachineView>> machines(Connection& connection);

}  // namespace registry_table
}  // namespace runcast
