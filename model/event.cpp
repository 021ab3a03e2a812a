#include "model/event.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 13> type_names{"run_start",
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
                                                      "run_complete",
                                                      "other"};
static_assert(type_names.size() == std::variant_size_v<EventPayload> + 1);

// Writes an object's members in the order of the calls, absent optionals left out.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  ObjectWriter& member(std::string_view name, std::string_view value) {
    return key(name), append_json_string(out_, value), *this;
  }
  ObjectWriter& member(std::string_view name, std::integral auto value) {
    key(name);
    if constexpr (std::is_same_v<decltype(value), bool>) {
      out_ += value ? "true" : "false";
    } else {
      out_ += std::to_string(value);
    }
    return *this;
  }
  ObjectWriter& member(std::string_view name, double value) {
    std::array<char, 32> digits;  // the shortest text that reads back as the same number
    auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    key(name);
    out_.append(digits.data(), end);
    return *this;
  }
  ObjectWriter& member(std::string_view name, Millis value) { return member(name, value.count()); }
  ObjectWriter& member(std::string_view name, json::value const& value) {
    return key(name), out_ += json::serialize(value), *this;
  }
  ObjectWriter& member(std::string_view name, json::object const& value) {
    return key(name), out_ += json::serialize(value), *this;
  }
  template <class T>
  ObjectWriter& member(std::string_view name, std::optional<T> const& value) {
    if (value) member(name, *value);
    return *this;
  }
  void close() { out_ += '}'; }

 private:
  void key(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, name);
    out_ += ':';
  }

  std::string& out_;
};

// Wire forms. A step event begins with its stepId: describe_event_json() relies on it.
void write(ObjectWriter& out, events::RunStart const& e) {
  out.member("workflow", e.workflow).member("version", e.version).member("inputs", e.inputs);
  out.member("layers", json::value_from(e.layers)).member("startedBy", e.started_by);
}
void write(ObjectWriter& out, events::StepStart const& e) {
  out.member("stepId", e.step_id).member("name", e.name).member("kind", to_string(e.kind)).member("layer", e.layer);
  out.member("attempt", e.attempt).member("matrix", e.matrix);
}
void write(ObjectWriter& out, events::StepProgress const& e) {
  out.member("stepId", e.step_id).member("progress", e.progress).member("text", e.text);
}
void write(ObjectWriter& out, events::StepRetry const& e) {
  out.member("stepId", e.step_id).member("attempt", e.attempt).member("delayMs", e.delay);
  out.member("reason", e.reason).member("error", e.error);
}
void write(ObjectWriter& out, events::StepComplete const& e) {
  out.member("stepId", e.step_id).member("status", to_string(e.status)).member("attempt", e.attempt);
  out.member("durationMs", e.duration).member("exitCode", e.exit_code).member("signal", e.signal);
  out.member("error", e.error).member("outputs", e.outputs);
}
void write(ObjectWriter& out, events::CancelRequested const& e) {
  out.member("stepId", e.step_id).member("by", e.by).member("reason", e.reason);
}
void write(ObjectWriter& out, events::ApprovalRequested const& e) {
  out.member("stepId", e.step_id).member("message", e.message);
}
void write(ObjectWriter& out, events::ApprovalDecided const& e) {
  out.member("stepId", e.step_id).member("approved", e.approved).member("by", e.by).member("comment", e.comment);
}
void write(ObjectWriter& out, events::ChildStarted const& e) {
  out.member("stepId", e.step_id).member("childRunId", e.child_run_id);
}
void write(ObjectWriter& out, events::MatrixExpanded const& e) {
  out.member("stepId", e.step_id).member("instances", json::value_from(e.instances));
}
void write(ObjectWriter& out, events::RunComplete const& e) {
  out.member("status", to_string(e.status)).member("durationMs", e.duration).member("error", e.error);
}
void write_log(ObjectWriter& out, std::string_view step, Level level, std::string_view message, bool truncated,
               Timestamp time) {
  out.member("stepId", step).member("level", to_string(level)).member("message", message);
  if (truncated) out.member("truncated", true);
  out.member("timestamp", to_epoch_ms(time));
}

std::string step_of(EventPayload const& payload) {
  return std::visit(
      [](auto const& e) -> std::string {
        if constexpr (requires { std::string{e.step_id}; }) {
          return e.step_id;
        } else if constexpr (requires { e.step_id.value(); }) {
          return e.step_id.value_or("");
        } else {
          return {};
        }
      },
      payload);
}

// Reads members of an object that this program wrote; throws on anything else, which decode_event() turns into
// `corrupt`.
class ObjectReader {
 public:
  explicit ObjectReader(json::object const& object) : object_(object) {}

  std::string text(std::string_view name) const { return json::value_to<std::string>(object_.at(name)); }
  template <class T>
  T number(std::string_view name) const {
    return object_.at(name).to_number<T>();
  }
  bool flag(std::string_view name) const {
    auto const* value = object_.if_contains(name);
    return value && value->as_bool();
  }
  Millis millis(std::string_view name) const { return Millis{number<std::int64_t>(name)}; }
  std::optional<std::string> maybe_text(std::string_view name) const {
    return has(name) ? std::optional{text(name)} : std::nullopt;
  }
  std::optional<int> maybe_int(std::string_view name) const {
    return has(name) ? std::optional{number<int>(name)} : std::nullopt;
  }
  std::optional<json::object> maybe_object(std::string_view name) const {
    return has(name) ? std::optional{object_.at(name).as_object()} : std::nullopt;
  }
  template <class T>
  T value(std::string_view name) const {
    return json::value_to<T>(object_.at(name));
  }
  template <class T>
  T named(std::string_view name, std::optional<T> (*from)(std::string_view)) const {
    return from(text(name)).value();
  }

 private:
  bool has(std::string_view name) const { return object_.contains(name); }

  json::object const& object_;
};

EventPayload read_payload(EventType type, ObjectReader const& in) {
  switch (type) {
    case EventType::run_start:
      return events::RunStart{in.text("workflow"), in.number<int>("version"), in.value<json::object>("inputs"),
                              in.value<std::vector<std::vector<std::string>>>("layers"), in.text("startedBy")};
    case EventType::step_start:
      return events::StepStart{in.text("stepId"),       in.text("name"),           in.named("kind", step_kind_from),
                               in.number<int>("layer"), in.number<int>("attempt"), in.maybe_object("matrix")};
    case EventType::step_log:
      return events::StepLog{in.text("stepId"), in.named("level", level_from), in.text("message"),
                             in.flag("truncated")};
    case EventType::step_progress:
      return events::StepProgress{in.text("stepId"), in.number<double>("progress"), in.maybe_text("text")};
    case EventType::step_retry:
      return events::StepRetry{in.text("stepId"), in.number<int>("attempt"), in.millis("delayMs"), in.text("reason"),
                               in.maybe_text("error")};
    case EventType::step_complete:
      return events::StepComplete{in.text("stepId"),         in.named("status", step_status_from),
                                  in.number<int>("attempt"), in.millis("durationMs"),
                                  in.maybe_int("exitCode"),  in.maybe_text("signal"),
                                  in.maybe_text("error"),    in.maybe_object("outputs")};
    case EventType::cancel_requested:
      return events::CancelRequested{in.maybe_text("stepId"), in.text("by"), in.text("reason")};
    case EventType::approval_requested:
      return events::ApprovalRequested{in.text("stepId"), in.text("message")};
    case EventType::approval_decided:
      return events::ApprovalDecided{in.text("stepId"), in.flag("approved"), in.text("by"), in.maybe_text("comment")};
    case EventType::child_started:
      return events::ChildStarted{in.text("stepId"), in.text("childRunId")};
    case EventType::matrix_expanded:
      return events::MatrixExpanded{in.text("stepId"), in.value<std::vector<json::object>>("instances")};
    case EventType::run_complete:
      return events::RunComplete{in.named("status", run_status_from), in.millis("durationMs"), in.maybe_text("error")};
    case EventType::other:
      break;
  }
  return {};
}

constexpr std::string_view payload_key = ",\"payload\":";
constexpr std::string_view step_key = "{\"stepId\":\"";

}  // namespace

std::string_view to_string(EventType type) { return type_names[static_cast<std::size_t>(type)]; }

EventType event_type_from(std::string_view name) {
  auto const found = std::find(type_names.begin(), type_names.end() - 1, name);
  return static_cast<EventType>(found - type_names.begin());
}

EventDraft encode(EventPayload const& payload, Timestamp time) {
  if (auto const* log = std::get_if<events::StepLog>(&payload)) {
    return encode_log(log->step_id, log->level, log->message, log->truncated, time);
  }
  EventDraft draft;
  draft.type = static_cast<EventType>(payload.index());
  draft.step_id = step_of(payload);
  draft.time = time;
  ObjectWriter out(draft.payload);
  std::visit(
      [&](auto const& e) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(e)>, events::StepLog>) write(out, e);
      },
      payload);
  out.close();
  return draft;
}

EventDraft encode_log(std::string_view step_id, Level level, std::string_view message, bool truncated, Timestamp time) {
  EventDraft draft;
  draft.type = EventType::step_log;
  draft.level = level;
  draft.step_id = step_id;
  draft.time = time;
  draft.payload.reserve(message.size() + step_id.size() + 80);
  ObjectWriter out(draft.payload);
  write_log(out, step_id, level, message, truncated, time);
  out.close();
  return draft;
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

Result<Event> decode_event(std::string_view text) {
  try {
    json::value const document = json::parse(text);
    ObjectReader const in(document.as_object());
    Event event;
    if (document.as_object().contains("runId")) event.run = RunId::parse(in.text("runId")).value();
    event.seq = in.number<std::uint64_t>("seq");
    event.id = in.number<std::uint64_t>("id");
    event.time = from_epoch_ms(in.number<std::int64_t>("timestamp"));
    event.type = event_type_from(in.text("type"));
    event.payload = read_payload(event.type, ObjectReader(document.at("payload").as_object()));
    return event;
  } catch (std::exception const& error) {
    return fail(Errc::corrupt, std::string("a stored event does not read back: ") + error.what());
  }
}

boost::json::object to_json(EventPayload const& payload) {
  return json::parse(encode(payload, Timestamp{}).payload).as_object();
}

}  // namespace runcast
