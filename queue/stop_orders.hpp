#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "queue/registry.hpp"
#include "queue/types.hpp"

namespace runcast {

// What workers are to stop, kept until they can have heard it: a worker that is silent for as long as a lease has lost
// the job anyway. Pure; one thread.
class StopOrders {
 public:
  void add(std::string const& worker, StopOrder order, SteadyTime until);

  // Those that were not handed out here before.
  std::vector<StopOrder> take_new(std::string const& worker);
  StopOrder const* find(std::string const& worker, std::string const& job_id, std::uint64_t token) const;

  void forget_until(SteadyTime now);

 private:
  struct Kept {
    StopOrder order;
    SteadyTime until;
    bool handed_out = false;
  };
  std::unordered_map<std::string, std::vector<Kept>> workers_;
};

}  // namespace runcast
