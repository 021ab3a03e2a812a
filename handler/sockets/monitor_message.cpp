#include "handler/sockets/monitor_message.hpp"

#include <boost/algorithm/string/split.hpp>

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::size_t most_filters = 1000;
constexpr std::array<std::string_view, 5> types{"monitor_connect", "subscribe", "monitor_subscribe", "heartbeat",
                                                "resync_request"};

constexpr Words<Topic, 8> topic_words{{{"workers", Topic::workers},
                                       {"machines", Topic::machines},
                                       {"jobs", Topic::jobs},
                                       {"jobs:progress", Topic::job_progress},
                                       {"jobs:status", Topic::job_status},
                                       {"runs", Topic::runs},
                                       {"system_stats", Topic::system_stats},
                                       {"heartbeat", Topic::heartbeat}}};

Topics read_topics(JsonNode const& node) {
  Topics topics;
  auto const* array = node.array();
  if (!array) return topics;
  for (std::size_t i = 0; i < std::min(array->size(), most_filters); ++i) {
    auto const element = node.element((*array)[i], i);
    if (auto const topic = element.one_of(topic_words)) topics.add(*topic);
  }
  return topics;
}

std::optional<std::pair<double, double>> read_range(JsonNode const& node) {
  auto const* array = node.array();
  if (!array) return std::nullopt;
  if (array->size() != 2) {
    node.fault("expected two numbers: the lowest and the highest priority");
    return std::nullopt;
  }
  auto const first = node.element((*array)[0], 0);
  auto const second = node.element((*array)[1], 1);
  auto const low = first.number(-1e15, 1e15);
  auto const high = second.number(-1e15, 1e15);
  if (!low || !high) return std::nullopt;
  if (*low > *high) {
    node.fault("expected the lowest priority before the highest");
    return std::nullopt;
  }
  return std::pair(*low, *high);
}

// A member that is null says nothing.
std::optional<JsonNode> get_filter(JsonMembers& members, std::string_view key) {
  auto node = members.get(key);
  return node && !node->value().is_null() ? node : std::nullopt;
}

void read_filters(JsonNode const& node, MonitorFilter& filter) {
  if (node.value().is_null()) return;
  auto const* object = node.object();
  if (!object) return;
  JsonMembers members(*object, node.place(), node.log());
  if (auto const job_types = get_filter(members, "job_types"))
    filter.job_types = read_strings(*job_types, most_filters);
  if (auto const workers = get_filter(members, "worker_ids")) filter.worker_ids = read_strings(*workers, most_filters);
  if (auto const range = get_filter(members, "priority_range")) filter.priority_range = read_range(*range);
  members.refuse_others();
}

std::optional<std::uint64_t> read_id(JsonMembers& members, std::string_view key) {
  auto const node = members.get(key);
  auto const id = node ? node->integer(0, INT64_MAX) : std::nullopt;
  return id ? std::optional(static_cast<std::uint64_t>(*id)) : std::nullopt;
}

MonitorSubscribe read_subscribe(JsonMembers& members) {
  MonitorSubscribe subscribe;
  auto const topics = members.get("topics", "subscriptions");
  if (topics) {
    subscribe.filter.topics = read_topics(*topics);
  } else {
    members.log().add(members.place().child("topics").pointer(), "is missing");
  }
  if (auto const filters = members.get("filters")) read_filters(*filters, subscribe.filter);
  return subscribe;
}

ResyncRequest read_resync(JsonMembers& members) {
  ResyncRequest resync;
  resync.last_event_id = read_id(members, "last_event_id");
  if (auto const time = members.get("last_event_timestamp")) {
    if (auto const ms = time->number(0, 1e15))
      resync.last_event_timestamp = from_epoch_ms(static_cast<std::int64_t>(*ms));
  }
  if (auto const topics = members.get("topics")) resync.topics = read_topics(*topics);
  if (!members.has("last_event_id") && !members.has("last_event_timestamp")) {
    members.log().add(members.place().child("last_event_id").pointer(),
                      "is missing (or last_event_timestamp, in its place)");
  }
  return resync;
}

}  // namespace

Checked<MonitorRequest> parse_monitor_request(SocketMessage const& message) {
  FaultLog log(20);
  JsonMembers members(message.members, Place(""), log);
  MonitorRequest request;
  if (message.type == "monitor_connect") {
    MonitorConnect connect;
    if (auto const full = members.get("request_full_state")) connect.full_state = full->boolean().value_or(true);
    request = connect;
  } else if (message.type == "subscribe" || message.type == "monitor_subscribe") {
    request = read_subscribe(members);
  } else if (message.type == "heartbeat") {
    request = MonitorHeartbeat{read_id(members, "last_event_id")};
  } else if (message.type == "resync_request") {
    request = read_resync(members);
  } else {
    return unknown_type(message.type, types);
  }
  if (!log.empty()) return log.take();
  return request;
}

Checked<Topics> parse_topics(std::string_view text) {
  std::vector<std::string> names;
  boost::algorithm::split(names, text, [](char c) { return c == ','; });
  json::array array(names.begin(), names.end());
  FaultLog log(20);
  json::value const value(std::move(array));
  auto const topics = read_topics(JsonNode(value, Place("/topics"), log));
  if (!log.empty()) return log.take();
  return topics;
}

}  // namespace runcast
