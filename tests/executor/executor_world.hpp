#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "executor/executor.hpp"
#include "executor/plan.hpp"
#include "logger/step_logger.hpp"
#include "store/store.hpp"
#include "tests/store/support.hpp"

namespace runcast::testing {

// A store, a logger and an executor with its helper, in a directory of their own that outlives restarts.
class ExecutorWorld {
 public:
  explicit ExecutorWorld(ExecutorOptions options = {}, Durability durability = Durability::crash);
  ~ExecutorWorld();

  void open();
  // As the server does when it is asked to end.
  void stop(Millis bound);
  void restart(Millis bound);
  // As if the process were gone from one moment to the next, except that what the store has taken is stored.
  void abandon();

  RunId submit(std::string definition, boost::json::object const& inputs = {}, std::string key = {});
  // `definition` with single quotes for double ones.
  Result<RunId> try_submit(std::string definition, boost::json::object const& inputs = {}, std::string key = {});
  void store_workflow(std::string const& name, std::string definition);
  RunStatus until_ended(RunId run);
  void until_logged(RunId run, std::string const& text);  // an event's JSON has it

  std::vector<std::string> events(RunId run);  // JSON texts
  std::vector<Event> lifecycle(RunId run);
  std::vector<std::string> lines(RunId run, std::string step = {});
  StepStatus status(RunId run, std::string const& step);
  template <class Payload>
  std::vector<Payload> all(RunId run) {
    std::vector<Payload> found;
    for (auto const& event : lifecycle(run)) {
      if (auto const* payload = std::get_if<Payload>(&event.payload)) found.push_back(*payload);
    }
    return found;
  }
  // Whether what was logged follows from the rules.
  void check_replay(RunId run);

  Store& store() { return *store_; }
  Executor& executor() { return *executor_; }
  std::filesystem::path const& directory() const { return directory_.path(); }

 private:
  Awaitable<> on_commit(std::shared_ptr<Commit const> commit);

  ExecutorOptions options_;
  Durability durability_;
  TempDir directory_;
  int null_fd_;
  std::unique_ptr<Console> console_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<BroadcastStepLogger> logger_;
  std::unique_ptr<Executor> executor_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<RunId> ended_;
  std::uint64_t commits_ = 0;
};

}  // namespace runcast::testing
