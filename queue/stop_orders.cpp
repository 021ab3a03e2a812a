#include "queue/stop_orders.hpp"

#include <algorithm>

namespace runcast {

void StopOrders::add(std::string const& worker, StopOrder order, SteadyTime until) {
  workers_[worker].push_back({std::move(order), until});
}

std::vector<StopOrder> StopOrders::take_new(std::string const& worker) {
  std::vector<StopOrder> orders;
  auto const found = workers_.find(worker);
  if (found == workers_.end()) return orders;
  for (auto& kept : found->second) {
    if (!std::exchange(kept.handed_out, true)) orders.push_back(kept.order);
  }
  return orders;
}

StopOrder const* StopOrders::find(std::string const& worker, std::string const& job_id, std::uint64_t token) const {
  auto const found = workers_.find(worker);
  if (found == workers_.end()) return nullptr;
  auto const kept = std::find_if(found->second.begin(), found->second.end(), [&](Kept const& entry) {
    return entry.order.job_id == job_id && entry.order.token == token;
  });
  return kept == found->second.end() ? nullptr : &kept->order;
}

void StopOrders::forget_until(SteadyTime now) {
  for (auto& [worker, orders] : workers_) {
    std::erase_if(orders, [now](Kept const& kept) { return kept.until <= now; });
  }
  std::erase_if(workers_, [](auto const& entry) { return entry.second.empty(); });
}

}  // namespace runcast
