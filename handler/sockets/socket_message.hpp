#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.hpp"
#include "model/fault.hpp"
#include "model/json_reader.hpp"

// What the messages of monitors, clients and workers have in common. Members that a message does not need are passed
// over: clients of other servers send more than is read here. Pure.
namespace runcast {

struct SocketMessage {
  std::string type;
  boost::json::object members;
  boost::json::value request_id;  // null: it has none
};

// A JSON object with a `type`. The faults are to be told by error_message().
Checked<SocketMessage> parse_socket_message(std::string_view text);

// {"type":"error","error":…,"message":…,"errors":[…],"request_id"?}. `what`: what came of it, in a sentence.
std::string error_message(std::string_view what, Faults const& faults, boost::json::value const& request_id);

// The same for what was understood and cannot be done; `code` says what kind of reason there is: invalid, not_found,
// conflict, too_large, busy, forbidden, unavailable.
std::string error_message(std::string_view what, Error const& error, boost::json::value const& request_id);

// The fault of a message whose type is none of `known`.
Faults unknown_type(std::string_view type, std::span<std::string_view const> known);

// A list of strings, at most `most` of them.
std::vector<std::string> read_strings(JsonNode const& node, std::size_t most);

// An identifier that a peer has chosen: not empty, at most 128 bytes of printable ASCII without quotes or backslashes.
bool is_peer_id(std::string_view id);

}  // namespace runcast
