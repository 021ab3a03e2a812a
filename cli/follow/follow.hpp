#pragma once

#include <optional>
#include <string>

#include "cli/follow/event_sink.hpp"
#include "cli/net/api_client.hpp"
#include "cli/net/stream_cursor.hpp"
#include "cli/refusal.hpp"

namespace runcast::cli {

struct FollowRequest {
  std::string run;
  StreamStart start;
  StreamFilter filter;
  Millis retry_for{600'000};  // how long a lost server is looked for
};

// Follows a run to its end, and tells how it ended; nothing where Ctrl-C ended the following and not the run. A server
// that is lost on the way is looked for again, and reading goes on after the last event that was shown.
// Refused: no server at the first try where `client` never had an answer, or none for `retry_for`; no such run; not
// allowed.
OrRefusal<std::optional<RunStatus>> follow(ApiClient const& client, FollowRequest const& request, EventSink& sink);

}  // namespace runcast::cli
