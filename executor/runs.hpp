#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task_group.hpp"
#include "base/waiter.hpp"
#include "executor/active_run.hpp"
#include "executor/admission.hpp"
#include "executor/http/client.hpp"
#include "executor/lineage.hpp"
#include "executor/plan_cache.hpp"
#include "executor/services.hpp"
#include "executor/slots.hpp"
#include "executor/spawn/spawner.hpp"
#include "queue/queue.hpp"
#include "store/types.hpp"

namespace runcast {

// A run that is to begin.
struct Launch {
  RunId id;
  std::shared_ptr<Plan const> plan;
  std::string definition_json;
  Scheduler::Start start;
  std::string parent_run;  // empty: nobody's child
  std::string parent_step;
  Lineage lineage;
  std::string idempotency_key;
  std::string fingerprint;
  Timestamp time = system_time();  // of its first events
  WriteOp also = nullptr;          // see Submission
};

// All runs of the server, on the executor's thread: which are under way, which wait, and what the outside asks of them.
// See Executor for the functions of the same names.
class Runs {
 public:
  Runs(asio::any_io_executor thread, ExecutorOptions options, Store& store, BroadcastStepLogger& logger,
       Console& console);
  Runs(Runs const&) = delete;
  Runs& operator=(Runs const&) = delete;

  Awaitable<Result<void>> start();
  Awaitable<Result<RunId>> submit(Submission submission);
  Awaitable<Result<RunId>> rerun(RunId run, std::string by, std::string key, std::string fingerprint);
  Awaitable<Result<void>> cancel(RunId run, std::string step, std::string by, std::string_view reason);
  Awaitable<Result<void>> approve(RunId run, std::string step, bool approved, std::string by,
                                  std::optional<std::string> comment);
  Awaitable<std::vector<RunId>> active();
  Awaitable<bool> can_spawn();
  Awaitable<> stop(Millis bound);
  Queue& queue() { return queue_; }
  PlanCache& plans() { return plans_; }
  // Ends everything at once, and records nothing.
  Awaitable<> abandon();

  ExecutorOptions const& options() const { return options_; }

  // For a step that starts a run.
  // The launch of the stored workflow `name`. not_found, invalid: its inputs, or it cannot be run; too_large: runs
  // start runs too deep.
  Awaitable<Result<Launch>> prepare_child(ActiveRun const& parent, std::string parent_step, std::string name,
                                          boost::json::object inputs);
  // What creates a launch's run in a transaction. `begins`: its first events are in it, too, at the same time.
  static WriteOp creation(Launch const& launch, Timestamp now, bool begins);
  // A child that was created begins, or waits for its concurrency group.
  void adopt(Launch launch);
  // Waits for a run's end.
  Awaitable<Result<RunStatus>> ended(RunId run);
  void cancel_child(RunId child, RunId parent);

 private:
  using Waiters = std::vector<std::shared_ptr<Waiter>>;
  using WaitersOf = std::unordered_map<RunId, Waiters>;

  // Beginning and ending.
  std::optional<Error> why_refused(Workflow const& workflow) const;
  Awaitable<Result<std::optional<RunId>>> recall(std::string key, std::string fingerprint);
  Awaitable<Result<RunId>> launch(Launch launch);
  std::shared_ptr<ActiveRun> begin(Launch launch, std::optional<WriteOp> create);
  Awaitable<> carry(std::shared_ptr<ActiveRun> run);
  void leave(RunId run);
  Awaitable<> until_idle();
  static void wake_all(WaitersOf& waiters, RunId run);

  // Runs that are in the store alone.
  Awaitable<> readmit(RunRow row);
  void start_stored(RunId run);
  Awaitable<> load_and_start(RunId run);
  Awaitable<Result<void>> load(RunId run);
  Awaitable<Result<Launch>> stored_launch(RunRow row);
  Awaitable<Result<Lineage>> stored_lineage(RunRow row);
  Awaitable<Result<Scheduler::Kept>> kept_from(RunId run, std::shared_ptr<Plan const> plan);
  Awaitable<> give_up(RunId run, Error error);
  Awaitable<> until_started(RunId run);

  // Requests.
  Awaitable<Result<void>> cancel_waiting(RunId run, std::string by, std::string_view reason);
  Awaitable<Result<void>> follows_the_rules(RunId run, std::shared_ptr<Plan const> plan);
  Awaitable<> cancel_quietly(RunId run, std::string by, std::string_view reason);
  void cancel_replaced(std::vector<RunId> const& runs, RunId by);
  Awaitable<Error> why_not_active(RunId run);

  asio::any_io_executor thread_;
  ExecutorOptions options_;
  Store& store_;
  Console& console_;
  Spawner spawner_;
  std::unique_ptr<HttpClient> http_;
  Slots slots_;
  Queue queue_;
  Admission admission_;
  PlanCache plans_;
  std::map<std::string, std::string> base_environment_;
  Services services_;

  bool closed_ = true;  // until start(), and from stop() on
  std::unordered_map<RunId, std::shared_ptr<ActiveRun>> active_;
  WaitersOf starting_;  // read from the store now
  WaitersOf watchers_;  // of their ends
  Waiters idle_;
  TaskGroup tasks_;
  TaskGroup helper_;
};

}  // namespace runcast
