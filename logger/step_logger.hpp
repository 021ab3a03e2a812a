#pragma once

#include <vector>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "logger/console.hpp"
#include "model/event.hpp"
#include "store/commit.hpp"

namespace runcast {

class Store;

// The way of what steps say: into the database, from there to the hub, and last to the console. Nobody is told of what
// is not stored, and the console never holds up the two before it.
class BroadcastStepLogger {
 public:
  // Takes the store's commits, and hands them on to `hub`. Made before the store's first write, and outlives its last.
  // Steps' lines of `console_level` and above are shown on the console.
  BroadcastStepLogger(Store& store, CommitSink hub, Console& console, Level console_level = Level::info);
  BroadcastStepLogger(BroadcastStepLogger const&) = delete;
  BroadcastStepLogger& operator=(BroadcastStepLogger const&) = delete;

  // Puts lines, or progress, on their way, in order. Done once there is room for them, which is before they are stored:
  // so a command that says more than the database can take waits in its own pipe. Any thread.
  Awaitable<Result<void>> log(RunId run, std::vector<EventDraft> lines);

 private:
  Awaitable<> on_commit(std::shared_ptr<Commit const> commit);
  void show(std::shared_ptr<Commit const> commit);

  Store& store_;
  CommitSink hub_;
  Console& console_;
  Level console_level_;
};

}  // namespace runcast
