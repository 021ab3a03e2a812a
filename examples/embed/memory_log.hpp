#pragma once

#include <string>
#include <vector>

#include "hub/history.hpp"

// What the hub reads on from for whoever is not live: here, one log in memory. It belongs to one thread.
class MemoryLog final : public runcast::History {
 public:
  // Numbers the event (1, 2, 3 …), keeps it, and gives it as the hub wants it published.
  std::shared_ptr<runcast::Segment const> append(std::string const& text, bool last);

  runcast::Awaitable<runcast::Result<runcast::HistoryPage>> read(runcast::Ulid log, std::uint64_t after,
                                                                 std::size_t max_events,
                                                                 std::size_t max_bytes) override;

 private:
  struct Event {
    std::string json;
    bool last = false;
  };

  std::shared_ptr<runcast::Segment> segment(std::uint64_t first, std::uint64_t end) const;

  std::vector<Event> events_;
};
