#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "feed/batch.hpp"

namespace runcast {

class SystemFeed;

// Events that the board no longer holds, read from the store and rendered again: the same bytes as then.
struct Past {
  std::uint64_t upto = 0;  // all events up to here are in it, or before it
  bool at_end = false;     // nothing follows that the feed has considered
  std::vector<std::pair<Facets, FeedItem>> monitors;
  std::vector<std::pair<std::string, FeedItem>> clients;  // with the job's id
};

// From the first event past `after` on, at most `limit` of them.
Awaitable<Result<Past>> read_past(SystemFeed& feed, Audience audience, std::uint64_t after, std::size_t limit);

// Which jobs have ended, from the first event past `after` on; of at most `limit` events.
struct PastEnds {
  struct End {
    std::uint64_t id = 0;  // of the event
    std::string job;
    std::optional<std::string> error;  // where it has not succeeded
  };

  std::uint64_t upto = 0;  // all events up to here are considered
  bool at_end = false;     // there were no more
  std::vector<End> ends;
};
Awaitable<Result<PastEnds>> read_ends(SystemFeed& feed, std::uint64_t after, std::size_t limit);

// The last event before `time`, as near as the index tells: events from there on, tested one by one, are all that
// happened at `time` or later.
Awaitable<Result<std::uint64_t>> position_before(SystemFeed& feed, Timestamp time);

}  // namespace runcast
