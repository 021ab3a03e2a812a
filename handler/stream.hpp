#pragma once

#include "handler/http.hpp"
#include "handler/router.hpp"
#include "store/store.hpp"

namespace runcast {

// GET …/runs/{runId}/stream: a run's events from any point on, then live, as a WebSocket, as server-sent events, or a
// line an event; contract, "The run stream".
class StreamHandler {
 public:
  // `compress`: a WebSocket that offers permessage-deflate gets it.
  StreamHandler(Store& store, bool compress) : store_(store), compress_(compress) {}

  Awaitable<Reply> operator()(Request& request) const;

 private:
  Store& store_;
  bool compress_;
};

// Where a follower wants to begin, as its request says it; pure.
struct StreamStart {
  std::optional<std::string> epoch;    // of the log that it knows
  std::optional<std::uint64_t> after;  // the last seq that it has
  std::optional<std::uint64_t> tail;   // or: so many from the end
};
Result<StreamStart> parse_stream_start(Request const& request);

// The log that it meets.
struct LogPosition {
  std::string epoch;
  std::uint64_t first_seq = 1;
  std::uint64_t last_seq = 0;
};

// The cursor that follows from both; and, where the follower's position does not hold in this log, why.
struct StreamCursor {
  std::uint64_t after = 0;
  std::string gap;  // epoch, future, retention; empty: none
};
StreamCursor place_cursor(StreamStart const& start, LogPosition const& log);

Result<Filter> parse_stream_filter(Request const& request);

}  // namespace runcast
