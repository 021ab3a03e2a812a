#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/asio.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "executor/plan.hpp"
#include "executor/secrets.hpp"
#include "queue/types.hpp"
#include "store/write_tx.hpp"

namespace runcast {

class BroadcastStepLogger;
class Console;
class PlanCache;
class Queue;
class Store;

struct ExecutorOptions {
  std::filesystem::path data_dir = {};         // the store's: runs have their working directories under it
  std::vector<std::string> spawn_helper = {};  // its command line; empty: this executable, see Spawner
  Secrets secrets = {};                        // that definitions may name; see read_secrets()
  std::size_t max_parallel = 64;               // commands and requests at once, of all runs
  std::size_t max_runs = 256;                  // at once; more wait, in order, as `pending`. Child runs do not count
  std::size_t max_child_depth = 16;            // of runs that start runs
  std::size_t max_line_bytes = 1 << 20;        // of a command's output; a longer line is cut, and marked
  std::size_t max_output_bytes = 1 << 20;      // of $RUN_OUTPUT
  std::size_t max_http_body = 1 << 20;         // of the answer to an `http` step
  Millis http_timeout{300'000};                // of an `http` step that has no timeout of its own
  // Networks and addresses that `http` steps may not connect to; absent: link-local ones, and clouds' metadata.
  std::optional<std::vector<std::string>> denied_addresses = {};
  std::size_t max_instances = 10'000;            // of matrix steps, in one run
  Millis kill_grace{5'000};                      // between SIGTERM and SIGKILL
  Millis cleanup{300'000};                       // for `if: always` after a stop of the run
  Millis look_at_clock{10'000};                  // schedules notice a clock that was set at least so often
  std::function<Timestamp()> now = system_time;  // what schedules go by
  int job_losses = 10;                           // how often workers may lose one job before it fails
  QueueOptions queue = {};
};

// A run that somebody wants.
struct Submission {
  std::shared_ptr<Plan const> plan;  // see PlanCache
  std::string definition_json;       // what is stored of the workflow
  boost::json::object inputs;        // as check_inputs() gave them
  int version = 1;                   // of the stored workflow; 1 for a definition that came along
  std::string started_by;
  std::string idempotency_key;     // empty: none
  std::string fingerprint;         // of the request; the same key with another one is refused
  Timestamp time = system_time();  // of its first events
  WriteOp also = nullptr;          // done in the transaction that creates the run; its error is submit()'s
};

// Runs workflows, on a thread of its own: every run's rules, timers and commands, and the schedules that start some.
// What is decided is stored before it is done, so a run that an earlier server left is taken up where its log ends.
//
// All functions may be called from any thread; they resume on the caller's executor, and what was begun is finished
// even when the caller is cancelled.
class Executor {
 public:
  Executor(ExecutorOptions options, Store& store, BroadcastStepLogger& logger, Console& console);
  ~Executor();  // stops without mercy, where stop() has not been called
  Executor(Executor const&) = delete;
  Executor& operator=(Executor const&) = delete;

  // Kills what an earlier server's steps left running, and goes on with its runs. io: the spawn helper cannot be
  // started.
  Awaitable<Result<void>> start();

  // Done once the run is stored and, unless it has to wait for others, has begun. The id of the earlier run where the
  // idempotency key was used before. invalid: this server cannot run it, or lacks a
  // secret that it names; busy: too many jobs wait; conflict: the key came with another request, or
  // the workflow's concurrency group is full and refuses; closed: the server is going.
  Awaitable<Result<RunId>> submit(Submission submission);

  // A new run of the same definition and inputs as one that has ended, which keeps the steps that succeeded and whose
  // needs are kept, too. The key is as with submit(). not_found; conflict: the run has not ended, or nothing of it is
  // left to do.
  Awaitable<Result<RunId>> rerun(RunId run, std::string by, std::string idempotency_key = {},
                                 std::string fingerprint = {});

  // Stops a run, or one step of it; see Scheduler for what that means. Done once the request is stored. not_found: no
  // such run or step; conflict: the run has ended.
  Awaitable<Result<void>> cancel(RunId run, std::string step, std::string by);

  // Decides on an approval step that waits. not_found; conflict: it does not wait.
  Awaitable<Result<void>> approve(RunId run, std::string step, bool approved, std::string by,
                                  std::optional<std::string> comment);

  // A stored workflow was stored, replaced or deleted: its schedules are read again. Done when they are.
  Awaitable<> workflow_changed(std::string name);

  // What definitions may name, for those who check a signature with one.
  Secrets const& secrets() const;

  // The jobs that wait for workers or are in their hands. Lives as long as this.
  Queue& queue();

  // Of definitions that are run again and again. Any thread; lives as long as this.
  PlanCache& plans();

  // Runs that are under way now.
  Awaitable<std::vector<RunId>> active();

  // Whether commands can be started: the spawn helper runs.
  Awaitable<bool> can_spawn();

  // Starts nothing more, lets running commands end within `bound`, then ends them and records them as interrupted, so
  // that the next server makes them again.
  Awaitable<> stop(Millis bound);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runcast
