#pragma once

#include <array>

#include "base/counter.hpp"
#include "feed/system_state.hpp"
#include "handler/metric_text.hpp"
#include "handler/sockets/conversations.hpp"
#include "hub/hub.hpp"
#include "server/places.hpp"
#include "store/commit.hpp"

namespace runcast {

// Committed events by their type, counted as they pass.
class EventCounts {
 public:
  void count(Commit const& commit);  // one thread
  void add_to(MetricText& text) const;

 private:
  std::array<Counter, static_cast<std::size_t>(EventType::other) + 1> counts_;
};

// What the hub's shards, the listener, the sockets and the feed know. Any thread.
void add_hub_metrics(Hub& hub, MetricText& text);
void add_connection_metrics(Places const& places, MetricText& text);
void add_conversation_metrics(Conversations const& conversations, MetricText& text);
void add_job_metrics(SystemStats const& stats, MetricText& text);

}  // namespace runcast
