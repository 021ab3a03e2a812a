#pragma once

#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace runcast::bench {

// What some processes have used so far, all together. A process that has gone counts as nothing.
struct ProcessUsage {
  std::int64_t cpu_ns = 0;  // user and system, of all threads, those that have ended too
  std::uint64_t rss_bytes = 0;
  std::uint64_t pss_bytes = 0;  // shared pages are split among those who share them
};

// CPU alone is one system call a process; memory reads /proc and walks the page tables.
std::int64_t cpu_of(std::vector<pid_t> const& processes);
ProcessUsage usage_of(std::vector<pid_t> const& processes);

}  // namespace runcast::bench
