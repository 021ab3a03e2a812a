#pragma once

#include "hub/history.hpp"
#include "store/store.hpp"

namespace runcast {

// The hub's history: the event log.
class StoreHistory final : public History {
 public:
  explicit StoreHistory(Store& store) : store_(store) {}

  Awaitable<Result<HistoryPage>> read(Ulid log, std::uint64_t after, std::size_t max_events,
                                      std::size_t max_bytes) override;

 private:
  Store& store_;
};

}  // namespace runcast
