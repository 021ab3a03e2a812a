#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/asio.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "executor/spawn/command.hpp"
#include "executor/spawn/line_splitter.hpp"

namespace runcast {

class SpawnerCore;
struct SpawnedAttempt;

enum class OutputStream { out, err };

// Takes the lines that one read gave; their texts hold until the returned awaitable is done. Until then nothing more is
// read, so that a command that is too quick waits in its pipe.
using LineSink = std::function<Awaitable<>(OutputStream, std::span<OutputLine const>)>;

// A running command; made by Spawner::spawn(). It belongs to the spawner's executor, as do all its calls. Destroyed
// before it has ended it kills all of its processes.
class Process {
 public:
  Process(std::shared_ptr<SpawnerCore> core, std::shared_ptr<SpawnedAttempt> attempt);
  Process(Process&&) noexcept = default;
  Process& operator=(Process&&) = delete;
  ~Process();

  int pid() const;

  // SIGTERM for every process of the attempt, in sessions of their own too, and SIGKILL for those that are left after
  // `grace`; at once where that is 0. May be called again, with a shorter grace. Does not wait: run() does.
  void terminate(Millis grace);

  // Gives the output to `sink`, a call at a time, until the command's first process has ended: then what is left of its
  // processes has been killed, and what the pipes held at that moment has been given too, whoever still holds their
  // other ends. Errc::closed: the helper died, the attempt was cut off. To be called once.
  Awaitable<Result<ExitStatus>> run(LineSink sink);

 private:
  std::shared_ptr<SpawnerCore> core_;
  std::shared_ptr<SpawnedAttempt> attempt_;
};

}  // namespace runcast
