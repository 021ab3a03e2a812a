#pragma once

#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "executor/active_run.hpp"
#include "queue/job_owner.hpp"

namespace runcast {

// One attempt of a `job` step, which a worker makes. There is no coroutine for it, as ten thousand may wait: the queue
// says what becomes of it, and the run takes that in like anything else that happens.
class JobAttempt final : public JobOwner, public std::enable_shared_from_this<JobAttempt> {
 public:
  JobAttempt(Services const& services, ActiveRun& run, std::shared_ptr<Attempt> attempt);

  // Puts the job on the queue, or back into the hands that it was in before a restart.
  void begin(JobOrder order);
  // Its run leaves the server.
  void detach();

  void assign(std::string worker, std::string machine, Stored stored) override;
  void start(std::vector<EventPayload> said, Stored stored) override;
  void end(JobEnd end, LeaseName lease, Stored stored) override;

 private:
  using Decide = std::function<void(ActiveRun::Turn&)>;

  void limit_time();
  void stop();
  void tell_run(Decide decide, Stored stored);
  JobKey key() const;

  Services const& services_;
  ActiveRun* run_;  // null: it is over
  std::shared_ptr<Attempt> attempt_;
  asio::steady_timer limit_;
};

// The job that a step's newest attempt asks for, without a worker. A template in its payload may not be fillable.
JobOrder job_order(RunState const& state, StepIndex step);

// What the jobs' rows become by these events of their run. `orders` has those that are submitted for the first time.
WriteOp job_rows(RunState const& state, JobOrders const& orders, std::vector<EventPayload> const& events,
                 Timestamp now);

}  // namespace runcast
