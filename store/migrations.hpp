#pragma once

#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/connection.hpp"

namespace runcast {

// One step of the schema's history: migrations/NNN_name.sql, never changed once it was released.
struct Migration {
  int number = 0;  // from 1, without a gap
  std::string_view name;
  std::string_view sql;
};

// Those that this program was built with, in order.
std::span<Migration const> embedded_migrations();

// Applies what is missing, each in a transaction of its own, and records it with its checksum. invalid: the database
// is another program's, or has migrations that this program does not know; corrupt: one was applied in another text.
Result<void> migrate(Connection& connection, std::span<Migration const> migrations, Timestamp now);

}  // namespace runcast
