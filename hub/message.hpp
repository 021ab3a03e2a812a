#pragma once

#include <string>
#include <string_view>

#include "model/segment.hpp"

namespace runcast {

// A message that is no event of the log (stream_open, gap, position), framed for its form. `event` names it on SSE
// (empty: unnamed), `sse_id` is its id there (empty: none).
std::string frame_message(Form form, std::string_view json, std::string_view event = {}, std::string_view sse_id = {});

// What keeps a quiet connection alive: a ping, a comment, an empty line.
std::string frame_heartbeat(Form form);

// The same on SSE, with an id for the peer to keep: without data it is no event.
std::string frame_comment(std::string_view sse_id);

// What ends an HTTP body in chunks.
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace runcast
