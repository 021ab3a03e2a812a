#include "bench/load/process_usage.hpp"

#include <ctime>
#include <fstream>
#include <string>

#include <fmt/format.h>

namespace runcast::bench {

std::int64_t cpu_of(std::vector<pid_t> const& processes) {
  std::int64_t total = 0;
  for (pid_t process : processes) {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) continue;
    total += std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
  }
  return total;
}

ProcessUsage usage_of(std::vector<pid_t> const& processes) {
  ProcessUsage usage{.cpu_ns = cpu_of(processes)};
  for (pid_t process : processes) {
    std::ifstream file(fmt::format("/proc/{}/smaps_rollup", process));
    std::string line;
    std::getline(file, line);  // the address range
    std::string name, unit;
    for (std::uint64_t kibibytes; file >> name >> kibibytes >> unit;) {
      if (name == "Rss:") usage.rss_bytes += kibibytes * 1024;
      if (name == "Pss:") usage.pss_bytes += kibibytes * 1024;
    }
  }
  return usage;
}

}  // namespace runcast::bench
