#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "feed/facets.hpp"
#include "handler/sockets/socket_message.hpp"

// What a monitor may say, parsed. Pure.
namespace runcast {

struct MonitorConnect {
  bool full_state = true;
};

// `subscribe` with its `topics`, or `monitor_subscribe` with its `subscriptions`.
struct MonitorSubscribe {
  MonitorFilter filter;
};

struct MonitorHeartbeat {
  std::optional<std::uint64_t> last_event_id;  // that it has seen
};

struct ResyncRequest {
  std::optional<std::uint64_t> last_event_id;     // events after this
  std::optional<Timestamp> last_event_timestamp;  // or: from this time on
  std::optional<Topics> topics;
};

using MonitorRequest = std::variant<MonitorConnect, MonitorSubscribe, MonitorHeartbeat, ResyncRequest>;

Checked<MonitorRequest> parse_monitor_request(SocketMessage const& message);

// `topics=workers,jobs` of a URL.
Checked<Topics> parse_topics(std::string_view text);

}  // namespace runcast
