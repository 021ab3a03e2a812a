#pragma once

#include <deque>
#include <memory>
#include <unordered_map>

#include "hub/history.hpp"

namespace runcast::bench {

// The newest events of each log, in memory, in the store's place: what a client that fell behind reads on from.
class MemoryHistory final : public History {
 public:
  explicit MemoryHistory(std::size_t max_bytes_of_log) : max_bytes_(max_bytes_of_log) {}

  void keep(Ulid log, std::shared_ptr<Segment const> events);

  Awaitable<Result<HistoryPage>> read(Ulid log, std::uint64_t after, std::size_t max_events,
                                      std::size_t max_bytes) override;

 private:
  struct Log {
    std::deque<std::shared_ptr<Segment const>> segments;
    std::size_t bytes = 0;
  };

  std::size_t max_bytes_;
  std::unordered_map<Ulid, Log> logs_;
};

}  // namespace runcast::bench
