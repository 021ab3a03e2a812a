#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/event_payload.hpp"
#include "queue/types.hpp"

namespace runcast {

// Whoever put a job on the queue: one attempt of a step. It writes what becomes of the job into its run's log, in the
// order in which it is told, and says when that is stored. On the queue's thread.
class JobOwner {
 public:
  using Stored = std::function<void(Result<void> const&)>;

  virtual ~JobOwner() = default;

  // A worker takes it. conflict: it is not to be done any more.
  virtual void assign(std::string worker, std::string machine, Stored stored) = 0;
  // The worker has begun, and said this, which is stored with it. conflict: it is not to be done any more.
  virtual void start(std::vector<EventPayload> said, Stored stored) = 0;
  // The attempt is over. It is refused in the transaction that stores it unless the job's row names this worker and
  // token.
  virtual void end(JobEnd end, LeaseName lease, Stored stored) = 0;
};

}  // namespace runcast
