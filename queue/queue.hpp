#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "queue/job_owner.hpp"
#include "queue/types.hpp"

namespace runcast {

class Store;

// The jobs that wait for workers or are in their hands, and the workers. What is decided here is about who has which
// job; what becomes of a job is its run's to decide, and to log (JobOwner). So nothing of it has to be loaded after a
// restart but the registry: the runs put their unfinished jobs back, with the workers that have them.
//
// It lives on the executor's thread. The coroutines may be called from any thread, and resume on the caller's executor.
class Queue {
 public:
  Queue(asio::any_io_executor thread, QueueOptions options, Store& store);
  ~Queue();
  Queue(Queue const&) = delete;
  Queue& operator=(Queue const&) = delete;

  QueueOptions const& options() const;

  // -- For workers. Whatever a worker says, it has been heard.

  // invalid: it must have an id, and room for one job at least; busy: there are too many workers.
  Awaitable<Result<Registration>> enter(WorkerIntro intro);
  // It says good-bye, or its connection is lost. Its jobs stay its own until their leases run out, unless it gives
  // them back (`release`).
  Awaitable<Result<void>> leave(std::string worker, std::string reason, bool release);
  // It is there, and all its leases begin anew.
  Awaitable<Result<void>> keep(std::string worker);

  // The jobs that it may have, taken for it and stored so; at once, or as soon as there is one, or none when the time
  // is up. not_found: it is not registered. A caller that is cancelled leaves no job behind.
  Awaitable<Result<std::vector<JobLease>>> claim(ClaimRequest request);

  // The lease begins anew; the first one is a sign of work. A job that was cancelled while the worker had it answers
  // with an order to stop.
  Awaitable<Result<std::optional<StopOrder>>> heartbeat(LeaseName lease);
  // The orders to stop that there are for the worker, each told once here; it waits for the first as long as it may.
  Awaitable<Result<std::vector<StopOrder>>> stops(std::string worker, Millis wait);

  // These are refused (conflict) unless the job is in the worker's hands under this token: checked here, and again
  // within the transaction that stores what was said. Done once that is durable.
  Awaitable<Result<void>> progress(LeaseName lease, double progress, std::optional<std::string> text);
  Awaitable<Result<void>> log(LeaseName lease, std::vector<JobLine> lines);
  Awaitable<Result<void>> complete(LeaseName lease, boost::json::object result);
  // Whether it is tried again is for the step's `retry` to say; never where it is not `retryable`.
  Awaitable<Result<void>> fail(LeaseName lease, std::string error, bool retryable);
  // The worker cannot do it after all: another may have it at once. Counts as a loss.
  Awaitable<Result<void>> release(LeaseName lease, std::string reason);

  // -- For those who watch.

  Awaitable<std::vector<WorkerView>> workers();
  Awaitable<std::vector<MachineView>> machines();
  // not_found, invalid: no id of a job.
  Awaitable<Result<JobRow>> job(std::string id);
  Awaitable<Result<JobPage>> jobs(JobQuery query);
  // With its last `lines` log lines.
  Awaitable<Result<JobReport>> report(JobRow job, std::size_t lines);

  // -- For the executor, on its thread.

  // Loads the registry. Before the first offer().
  Awaitable<Result<void>> start();
  // Waits for what is being stored, and answers whoever waits for jobs.
  Awaitable<> stop();

  // Jobs that wait or are worked on.
  std::size_t size() const;
  // A worker that waits for a job like this one, kept for it: the job can be stored as assigned with its submission.
  // What is not handed to offer() goes back to waiting.
  class Reservation;
  std::unique_ptr<Reservation> reserve(JobSpec const& job);

  // An attempt's job. It waits, unless somebody has it already, or waits for it. `attempt` is the token.
  void offer(std::shared_ptr<JobSpec const> job, std::uint64_t attempt, std::shared_ptr<JobOwner> owner,
             JobHolder holder, std::unique_ptr<Reservation> reservation = nullptr);
  // The attempt is over, and not by its worker, which is told to stop with this reason.
  void withdraw(JobKey const& job, std::string const& reason);
  // Its run leaves this server: the job stays as it is, nobody is told.
  void detach(JobKey const& job);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

class Queue::Reservation {
 public:
  Reservation(Impl& queue, std::string job, std::string worker, std::string machine, std::shared_ptr<void> claim);
  ~Reservation();
  Reservation(Reservation const&) = delete;
  Reservation& operator=(Reservation const&) = delete;

  std::string const& worker() const { return worker_; }
  std::string const& machine() const { return machine_; }

 private:
  friend class Impl;

  Impl& queue_;
  std::string job_;
  std::string worker_;
  std::string machine_;
  std::shared_ptr<void> claim_;  // none once it is used
};

}  // namespace runcast
