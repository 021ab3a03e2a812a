#pragma once

#include <cstdint>
#include <vector>

#include "base/counter.hpp"

namespace runcast {

// What the writer has done since the start. Raised by its thread.
struct WriterStats {
  Counter commits;
  Counter events;         // in them
  Counter commit_micros;  // from BEGIN to COMMIT
  Counter busy_waits;     // another program held the database's lock for a while
};

// The same at one moment, with what the database's files say.
struct StoreStats {
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
  std::uint64_t commit_micros = 0;
  std::uint64_t busy_waits = 0;
  std::uint64_t refused_posts = 0;
  std::uint64_t last_id = 0;
  std::uint64_t database_bytes = 0;
  std::uint64_t wal_bytes = 0;
};

}  // namespace runcast
