#pragma once

#include <list>

#include "base/task_group.hpp"
#include "cli/worker/job_work.hpp"

namespace runcast::cli {

struct WorkerSettings {
  WorkSettings work;
  Millis finish{30'000};      // how long jobs under way may still take once it was told to stop
  Millis retry_for{600'000};  // how long it tries to reach a lost server
  bool quiet = false;
};

// Claims jobs from a server and works on as many at once as its profile says, until it is told to stop. A lost server
// is looked for again, with growing pauses; what is under way goes on meanwhile. One executor.
class Worker {
 public:
  Worker(asio::any_io_executor executor, ServerLink& link, Spawner& spawner, WorkerSettings settings);

  // Done when it has stopped and given back what it did not finish. Refused: the server does not take it, or was not
  // found again in time.
  Awaitable<OrRefusal<int>> run();

  // Takes no more jobs; run() ends when those under way have, or their time is up.
  void stop();

 private:
  Awaitable<> claim_jobs();
  Awaitable<> claim_while_registered();
  Awaitable<bool> try_again(Refusal const& refusal);
  Awaitable<> work(HeldJob job);
  void report(JobWork const& work, WorkEnd end) const;

  ServerLink& link_;
  Spawner& spawner_;
  WorkerSettings settings_;
  std::list<JobWork> jobs_;
  bool stopping_ = false;
  int failures_ = 0;  // in a row, to reach the server
  std::chrono::steady_clock::time_point last_answer_;
  std::optional<Refusal> refusal_;
  TaskGroup claiming_;
  TaskGroup working_;
};

}  // namespace runcast::cli
