#pragma once

#include <sys/types.h>

#include <array>
#include <csignal>

#include "base/result.hpp"
#include "executor/spawn/owned_fd.hpp"
#include "executor/spawn/wire.hpp"

namespace runcast {

// What the helper does not heed itself, and every command is given back.
inline constexpr std::array ignored_signals{SIGINT, SIGTERM, SIGHUP, SIGPIPE};

struct Launched {
  pid_t pid = 0;
  OwnedFd out;  // the read ends of the command's pipes, non-blocking
  OwnedFd err;
};

// Starts a command as the leader of a session of its own, with default signal dispositions, nothing blocked, and no
// descriptor but 0, 1 and 2. Returns once the program runs, or with the reason why it cannot: `not_found` (no such
// command, or no such working directory), `forbidden`, `too_large` (arguments and environment), `invalid`, `busy` (the
// system has no room for a process), `io`.
//
// For a single-threaded process whose descriptor 0 is /dev/null: the spawn helper.
Result<Launched> launch(wire::Spawn const& request);

}  // namespace runcast
