#pragma once

namespace runcast {

// The word on the command line that makes an executable the spawn helper: `if (is_spawn_helper(argc, argv)) return
// run_spawn_helper();` as the first line of main().
inline constexpr char const* spawn_helper_word = "spawn-helper";

bool is_spawn_helper(int argc, char const* const* argv);

// The spawn helper's whole life; see Spawner, which starts it. Descriptor 3 is its socket to the server. It is
// single-threaded, the leader of its own session, deaf to SIGINT, SIGTERM and SIGHUP, and the subreaper of all that it
// starts: whatever a step's processes do, at the end they are this process' children. When the server is gone, however
// that came about, it kills all of them and returns the process' exit code.
int run_spawn_helper();

}  // namespace runcast
