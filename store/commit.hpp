#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/asio.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"
#include "model/event_payload.hpp"
#include "model/segment.hpp"

namespace runcast {

// What an event says, as it was before it was encoded: whoever reads this need not parse its text again.
struct CommittedValue {
  std::uint64_t seq = 0;
  std::uint64_t id = 0;
  Timestamp time{};
  std::shared_ptr<EventPayload const> payload;
};

// Events that one transaction added to one log, in seq order, as WebSocket frames around the very bytes that were
// stored. A long batch of one run comes as several of these, one after the other.
struct CommittedRun {
  RunId run;  // nil: the system log
  std::shared_ptr<Segment const> segment;
  bool ended = false;                  // the last frame is the run's run_complete
  std::vector<CommittedValue> values;  // of those of the events that had one, in seq order
};

struct Commit {
  std::vector<CommittedRun> runs;
  std::uint64_t last_id = 0;  // the server-wide id of the newest event in it
};

// Told of each transaction once it is durable, in commit order, on the writer's thread. It is awaited: the next
// transaction, and whoever waits for this one, goes on only after it.
using CommitSink = std::function<Awaitable<void>(std::shared_ptr<Commit const>)>;

}  // namespace runcast
