#pragma once

#include <memory>

#include "base/asio.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "model/segment.hpp"

namespace runcast {

struct HistoryPage {
  std::shared_ptr<Segment const> events;
  bool at_end = false;  // the log had no more when it was read; else a bound ended the page
};

// Where the hub reads what it no longer holds: the store; a vector in tests.
class History {
 public:
  virtual ~History() = default;

  // The events of `log` after position `after`, in order, as WebSocket frames: at most `max_events`, and about
  // `max_bytes` (one event that is larger comes alone). Called on a shard's thread, and resumes there; it does its
  // waiting elsewhere.
  virtual Awaitable<Result<HistoryPage>> read(Ulid log, std::uint64_t after, std::size_t max_events,
                                              std::size_t max_bytes) = 0;
};

}  // namespace runcast
