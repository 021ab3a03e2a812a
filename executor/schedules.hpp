#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/task_group.hpp"
#include "executor/executor.hpp"
#include "store/types.hpp"

namespace runcast {

// Starts the runs of stored workflows at the times that their `on.schedule` names. Each time starts one run at most,
// across restarts too; what was missed meanwhile is decided by model/schedule.hpp.
//
// Lives on the executor's thread.
class Schedules {
 public:
  // Starts a run, and does `Submission::also` in the transaction that creates it.
  using Submit = std::function<Awaitable<Result<RunId>>(Submission)>;

  Schedules(asio::any_io_executor thread, ExecutorOptions const& options, Store& store, Console& console,
            PlanCache& cache, Submit submit);

  // Reads all stored workflows, and begins.
  Awaitable<Result<void>> start();
  // Reads one workflow again, which was stored, replaced or deleted.
  Awaitable<> changed(std::string workflow);
  Awaitable<> stop();

 private:
  // One line of `on.schedule`.
  struct Line {
    ScheduleTrigger trigger;
    TimeZone zone;
    std::string key;  // of its mark
    Timestamp considered;
    std::optional<Timestamp> next;
  };
  // A workflow's newest version with its lines.
  struct Planned {
    WorkflowRow row;
    std::shared_ptr<Plan const> plan;
    std::vector<Line> lines;
  };
  using Plans = std::map<std::string, std::shared_ptr<Planned>>;

  Awaitable<> run();
  Awaitable<> wait();
  std::vector<std::string> due(Timestamp now) const;
  Awaitable<> start_due(std::string workflow, Timestamp now);
  bool is_current(std::string const& workflow, std::shared_ptr<Planned> const& planned) const;
  Awaitable<Result<void>> start_run(Planned const& planned, Line const& line, Timestamp time);
  Awaitable<Result<void>> plan(WorkflowRow row);
  Awaitable<Result<std::shared_ptr<Planned>>> make_plan(WorkflowRow row);
  Awaitable<Result<void>> forget(std::string workflow);

  ExecutorOptions const& options_;
  Store& store_;
  Console& console_;
  PlanCache& cache_;
  Submit submit_;
  Plans plans_;
  asio::steady_timer timer_;
  bool poked_ = false;
  TaskGroup tasks_;
};

}  // namespace runcast
