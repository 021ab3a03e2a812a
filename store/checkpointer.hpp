#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "store/connection.hpp"

namespace runcast {

// Moves the write-ahead log into the database, at moments that the writer chooses: never beside a write, since before
// 3.51.3 SQLite may corrupt the database when a checkpoint and a write meet at a reset of the WAL
// (sqlite.org/wal.html). The writer's connection and thread only, between transactions.
class Checkpointer {
 public:
  // Follows the WAL's growth through the connection's commits.
  Checkpointer(Connection& connection, std::uint64_t bound_bytes);
  ~Checkpointer();
  Checkpointer(Checkpointer const&) = delete;
  Checkpointer& operator=(Checkpointer const&) = delete;

  // After a commit: checkpoints if the WAL has reached its bound.
  Result<void> if_due();
  // With nothing to write: checkpoints what there is, and gives the disk space of an overgrown WAL back.
  Result<void> when_idle();
  // All of it, synced, and the WAL emptied. For the beginning and the end, when nobody reads.
  Result<void> completely();

 private:
  Result<void> checkpoint(int mode);

  Connection& connection_;
  std::uint64_t bound_pages_;
  std::uint64_t pages_ = 0;  // in the WAL
  std::uint64_t due_at_;     // pages
  bool behind_ = false;      // the WAL holds what the database does not
};

}  // namespace runcast
