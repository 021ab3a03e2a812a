#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "executor/spawn/command.hpp"
#include "executor/spawn/process.hpp"

namespace runcast {

struct SpawnerOptions {
  // The helper's command line: spawner_from_this_executable(), or spawner_beside_this_executable().
  std::vector<std::string> helper;

  // Names what the server works on, its data directory for one: what processes of a server with the same instance are
  // found by after a crash. No slash. Only one server at a time may use an instance, which the directory's lock sees
  // to.
  std::string instance;

  std::size_t max_line = std::size_t{1} << 20;  // bytes of a line of output; what is longer is cut
};

// This executable again, as `EXE spawn-helper`: its main() hands over to run_spawn_helper() first of all.
std::vector<std::string> spawner_from_this_executable();

// The executable `runcast-spawn-helper` in this executable's directory: for tests, and programs that link the library.
std::vector<std::string> spawner_beside_this_executable();

// Starts commands through a helper process, and with it owns every process that comes of them.
//
// The helper is a fresh exec of a small single-threaded program, so that a spawn costs the same however large the
// server is and however many descriptors it holds, and so that it may be started, and started again, at any time: it
// need not come before threads and sockets. It is the subreaper of all commands. When the server goes, by SIGKILL too,
// it reads the end of its socket, kills all of them, and goes. When it dies itself, the attempts that ran are cut off
// with Errc::closed and a successor is started, which first kills what they left.
//
// All calls come from the one executor, or are made while nothing runs on it. Destroyed before its io_context.
class Spawner {
 public:
  Spawner(asio::any_io_executor executor, SpawnerOptions options);
  ~Spawner();  // ends the helper, and so all processes, and waits until they are gone
  Spawner(Spawner const&) = delete;
  Spawner& operator=(Spawner const&) = delete;

  // Starts the helper: without waiting for it. Errc::io names what is missing.
  Result<void> start();

  // Hears the helper, and replaces it when it dies; until it is cancelled. Nothing below ends while it does not run.
  Awaitable<> run();

  // Kills what a server of the same instance, and its helper, left behind when both were killed. To be called once,
  // before the first spawn and after the instance's lock was taken. Returns how many processes it were.
  Awaitable<Result<std::size_t>> kill_stale();

  // Starts a command: when it returns a process, the program runs, or has run. See launch.hpp for what the errors are;
  // beside these Errc::closed says that the helper died meanwhile, and io that it cannot be started. A cancelled spawn
  // leaves no process.
  Awaitable<Result<Process>> spawn(Command command);

  // The helper's pid. 0 while there is none, because it cannot be started or died within a second of its start; there
  // is another try each second, and the server is not healthy meanwhile.
  int helper_pid() const;

 private:
  std::shared_ptr<SpawnerCore> core_;  // processes share it
};

}  // namespace runcast
