#include "server/server_metrics.hpp"

namespace runcast {
namespace {

constexpr std::array<std::string_view, form_count> form_names{"websocket", "sse", "ndjson", "deflate"};

std::uint64_t sum(Hub& hub, auto const& of) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < hub.shards(); ++i) all += of(std::as_const(hub.shard(i)));
  return all;
}

}  // namespace

void EventCounts::count(Commit const& commit) {
  for (auto const& run : commit.runs) {
    for (auto const& frame : run.segment->frames()) counts_.at(frame.type).add();
  }
}

void EventCounts::add_to(MetricText& text) const {
  text.family("runcast_events_total", "counter", "Events that were committed, by type.");
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    text.sample(static_cast<double>(counts_[i].get()), {{"type", to_string(static_cast<EventType>(i))}});
  }
}

void add_hub_metrics(Hub& hub, MetricText& text) {
  text.family("runcast_followers", "gauge", "Followers that are connected, by form.");
  for (std::size_t form = 0; form < form_names.size(); ++form) {
    auto const count = sum(hub, [form](Shard const& shard) { return shard.stats().followers[form].get(); });
    text.sample(static_cast<double>(count), {{"form", form_names[form]}});
  }
  auto const counter = [&](std::string_view name, std::string_view help, auto const& of) {
    text.counter(name, help, static_cast<double>(sum(hub, of)));
  };
  counter("runcast_deliveries_total", "Events sent, to each follower.",
          [](Shard const& s) { return s.stats().events.get(); });
  counter("runcast_delivered_bytes_total", "Bytes that followers' sockets have taken.",
          [](Shard const& s) { return s.stats().bytes.get(); });
  counter("runcast_follower_writes_total", "Writes to followers.",
          [](Shard const& s) { return s.stats().writes.get(); });
  counter("runcast_followers_blocked_total", "Times that a follower's socket took no more.",
          [](Shard const& s) { return s.stats().blocked.get(); });
  counter("runcast_followers_too_slow_total", "Followers that were closed for taking nothing.",
          [](Shard const& s) { return s.stats().stalled.get(); });
  counter("runcast_history_reads_total", "Pages read from the database for followers.",
          [](Shard const& s) { return s.pages().reads(); });
}

void add_connection_metrics(Places const& places, MetricText& text) {
  text.gauge("runcast_connections", "Connections that are open.", static_cast<double>(places.taken()));
  text.gauge("runcast_connections_max", "Connections that may be.", static_cast<double>(places.limit()));
}

void add_conversation_metrics(Conversations const& conversations, MetricText& text) {
  auto const family = [&](std::string_view name, std::string_view type, std::string_view help,
                          std::uint64_t ConversationCounts::* count) {
    text.family(name, type, help);
    for (std::size_t i = 0; i < roles; ++i) {
      auto const role = static_cast<Role>(i);
      text.sample(static_cast<double>(conversations.counts(role).*count), {{"kind", to_string(role)}});
    }
  };
  family("runcast_conversations", "gauge", "Monitors, clients, workers and readers of all jobs that are connected.",
         &ConversationCounts::open);
  family("runcast_conversations_resumed_total", "counter", "Times that one went on at a position that it named.",
         &ConversationCounts::resumed);
  family("runcast_conversations_anew_total", "counter", "Times that one was too far behind, and began anew.",
         &ConversationCounts::anew);
  family("runcast_conversations_too_slow_total", "counter", "Those that were closed for taking nothing.",
         &ConversationCounts::too_slow);
}

void add_job_metrics(SystemStats const& stats, MetricText& text) {
  auto const add = [&](JobStatus status) {
    text.sample(static_cast<double>(stats.with(status)), {{"status", to_string(status)}});
  };
  text.family("runcast_jobs", "gauge", "Jobs that have not ended, by their status.");
  for (auto const status : {JobStatus::pending, JobStatus::assigned, JobStatus::active}) add(status);
  text.family("runcast_jobs_ended_total", "counter", "Jobs that have ended since the first one, by how.");
  for (auto const status : {JobStatus::completed, JobStatus::failed, JobStatus::cancelled}) add(status);
  text.family("runcast_workers", "gauge", "Workers that are here, by their status.");
  text.sample(static_cast<double>(stats.total_workers - stats.active_workers), {{"status", "idle"}});
  text.sample(static_cast<double>(stats.active_workers), {{"status", "busy"}});
}

}  // namespace runcast
