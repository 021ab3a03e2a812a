#include "model/event.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace runcast {
namespace {

constexpr std::array<std::string_view, 22> type_names{"run_start",
                                                      "step_start",
                                                      "step_log",
                                                      "step_progress",
                                                      "step_retry",
                                                      "step_complete",
                                                      "cancel_requested",
                                                      "approval_requested",
                                                      "approval_decided",
                                                      "child_started",
                                                      "matrix_expanded",
                                                      "job_submitted",
                                                      "job_assigned",
                                                      "job_started",
                                                      "run_complete",
                                                      "machine_registered",
                                                      "machine_disconnected",
                                                      "machine_status_changed",
                                                      "worker_connected",
                                                      "worker_disconnected",
                                                      "worker_status_changed",
                                                      "other"};
static_assert(type_names.size() == std::variant_size_v<EventPayload> + 1);

constexpr std::string_view payload_key = ",\"payload\":";
constexpr std::string_view step_key = "{\"stepId\":\"";

}  // namespace

std::string_view to_string(EventType type) { return type_names[static_cast<std::size_t>(type)]; }

EventType event_type_from(std::string_view name) {
  auto const found = std::find(type_names.begin(), type_names.end() - 1, name);
  return static_cast<EventType>(found - type_names.begin());
}

FrameInfo append_event_json(std::string& out, EventDraft const& draft, RunId const& run, std::uint64_t seq,
                            std::uint64_t id) {
  std::size_t const begin = out.size();
  out += "{\"type\":\"";
  out += draft.type_name.empty() ? to_string(draft.type) : draft.type_name;
  out += '"';
  if (!run.empty()) (out += ",\"runId\":\"") += run.str() += '"';
  fmt::format_to(std::back_inserter(out), ",\"seq\":{},\"id\":{},\"timestamp\":{}", seq, id, to_epoch_ms(draft.time));
  out += payload_key;
  std::size_t const payload = out.size();
  out += draft.payload;
  if (draft.type == EventType::run_complete) {
    out.pop_back();
    fmt::format_to(std::back_inserter(out), ",\"lastSeq\":{}}}", seq);
  }
  out += '}';
  FrameInfo info;
  info.position = seq;
  info.type = static_cast<std::uint8_t>(draft.type);
  info.level = draft.level ? static_cast<std::int8_t>(*draft.level) : std::int8_t{-1};
  if (!draft.step_id.empty()) {
    info.step_begin = static_cast<std::uint32_t>(payload - begin + step_key.size());
    info.step_size = static_cast<std::uint8_t>(draft.step_id.size());
  }
  return info;
}

FrameInfo describe_event_json(std::string_view json, std::uint64_t seq, EventType type, std::optional<Level> level,
                              std::string_view step_id) {
  FrameInfo info;
  info.position = seq;
  info.type = static_cast<std::uint8_t>(type);
  info.level = level ? static_cast<std::int8_t>(*level) : std::int8_t{-1};
  if (!step_id.empty()) {
    info.step_begin = static_cast<std::uint32_t>(json.find(payload_key) + payload_key.size() + step_key.size());
    info.step_size = static_cast<std::uint8_t>(step_id.size());
  }
  return info;
}

}  // namespace runcast
