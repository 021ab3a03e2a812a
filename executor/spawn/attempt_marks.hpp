#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/spawn/owned_fd.hpp"
#include "executor/spawn/wire.hpp"

namespace runcast {

// Which attempt a process belongs to, whatever it did to its session, its parents, its environment and its descriptors.
//
// The mark is a resource limit: RLIMIT_LOCKS has had no meaning since Linux 2.4, yet every process has it, inherits it
// through fork and exec, and shows it to prlimit(2) in one system call. A process loses its mark only by setting that
// limit on purpose. 31 bits name the server's instance, 32 the attempt. Single-threaded.
class AttemptMarks {
 public:
  explicit AttemptMarks(std::string instance);

  // Marks this process, and so the children that it starts from now on. False where its hard
  // limit is too low for a mark.
  bool set(wire::Serial serial) const;

  // The attempt of a process of this instance, by its mark.
  std::optional<wire::Serial> read(pid_t pid) const;

  // The attempt's id as the process' environment tells it, for one that has no mark of this instance.
  std::optional<std::string> read_environment(pid_t pid) const;

  // Sends `signal` to every process with the attempt's mark.
  void signal(wire::Serial serial, int signal) const;

  // Kills all processes of this instance, by mark or environment, but for this process and its parent; zombies do not
  // count. Says how many it found: it is done when that is 0.
  std::uint32_t kill_instance() const;

 private:
  std::uint64_t base_;    // the instance's half of each mark
  rlim_t ceiling_;        // of the limit that bears them
  std::string variable_;  // "RUNCAST_ATTEMPT_ID=INSTANCE/"
};

// The children of this process, zombies too. For a single-threaded process.
class OwnChildren {
 public:
  OwnChildren();
  std::vector<pid_t> list() const;

 private:
  OwnedFd file_;  // the kernel's list of them, read anew each time; none: a kernel without CONFIG_PROC_CHILDREN
};

}  // namespace runcast
