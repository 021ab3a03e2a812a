#include "store/checkpointer.hpp"

#include <algorithm>

#include <sqlite3.h>

namespace runcast {
namespace {

constexpr std::uint64_t page_bytes = 4096;  // SQLite's default, which the schema keeps

}  // namespace

Checkpointer::Checkpointer(Connection& connection, std::uint64_t bound_bytes)
    : connection_(connection),
      bound_pages_(std::max<std::uint64_t>(bound_bytes / page_bytes, 16)),
      due_at_(bound_pages_) {
  auto const committed = [](void* self, sqlite3*, char const*, int pages) {
    auto& checkpointer = *static_cast<Checkpointer*>(self);
    auto const now = static_cast<std::uint64_t>(pages);
    if (now < checkpointer.pages_) checkpointer.due_at_ = checkpointer.bound_pages_;  // the WAL began anew
    checkpointer.pages_ = now;
    checkpointer.behind_ = true;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection.handle(), committed, this);
}

Checkpointer::~Checkpointer() { sqlite3_wal_hook(connection_.handle(), nullptr, nullptr); }

Result<void> Checkpointer::if_due() {
  if (pages_ < due_at_) return {};
  // A reader may keep the WAL from beginning anew; then this is tried again only when it has grown by as much again as
  // makes it worth while.
  due_at_ = pages_ + bound_pages_ / 4;
  return checkpoint(SQLITE_CHECKPOINT_PASSIVE);
}

Result<void> Checkpointer::when_idle() {
  bool const overgrown = pages_ > bound_pages_;
  if (!behind_ && !overgrown) return {};
  return checkpoint(overgrown ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
}

Result<void> Checkpointer::completely() { return checkpoint(SQLITE_CHECKPOINT_TRUNCATE); }

Result<void> Checkpointer::checkpoint(int mode) {
  int in_wal = 0;
  int moved = 0;
  // Readers are not waited for: writers would wait with us.
  sqlite3_busy_timeout(connection_.handle(), 0);
  int const code = sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, mode, &in_wal, &moved);
  auto const error = code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY
                         ? std::optional<Error>()
                         : std::optional(sqlite_error(connection_.handle(), "checkpoint"));
  sqlite3_busy_timeout(connection_.handle(), Connection::busy_timeout_ms);
  if (error) return *error;
  if (code != SQLITE_OK) return {};
  behind_ = moved < in_wal;
  if (mode == SQLITE_CHECKPOINT_TRUNCATE) pages_ = 0;
  return {};
}

}  // namespace runcast
