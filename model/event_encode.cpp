// Events as JSON: the writing half of the codec.
#include <array>
#include <charconv>
#include <concepts>

#include <boost/json/value_from.hpp>

#include "model/event.hpp"
#include "model/json_parse.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

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
    return key(name), out_ += to_json_text(value), *this;
  }
  ObjectWriter& member(std::string_view name, json::object const& value) {
    return key(name), out_ += to_json_text(value), *this;
  }
  ObjectWriter& member(std::string_view name, events::JobMark const& job) {
    key(name);
    ObjectWriter inner(out_);
    inner.member("id", job.id).member("type", job.type).member("priority", job.priority);
    if (job.was) inner.member("was", to_string(*job.was));
    inner.unless_empty("workerId", job.worker_id).close();
    return *this;
  }
  ObjectWriter& unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : member(name, value);
  }
  template <class T>
  ObjectWriter& member(std::string_view name, std::optional<T> const& value) {
    if (value) member(name, *value);
    return *this;
  }
  void close() { out_ += '}'; }

 private:
  void key(std::string_view name) {  // one of ours: there is nothing in it to escape
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_.append(name).append("\":");
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
  out.member("job", e.job);
}
void write(ObjectWriter& out, events::StepRetry const& e) {
  out.member("stepId", e.step_id).member("attempt", e.attempt).member("delayMs", e.delay);
  out.member("reason", e.reason).member("error", e.error).member("job", e.job);
}
void write(ObjectWriter& out, events::StepComplete const& e) {
  out.member("stepId", e.step_id).member("status", to_string(e.status)).member("attempt", e.attempt);
  out.member("durationMs", e.duration).member("exitCode", e.exit_code).member("signal", e.signal);
  out.member("error", e.error).member("outputs", e.outputs).member("job", e.job);
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
void write(ObjectWriter& out, events::JobSubmitted const& e) {
  out.member("stepId", e.step_id).member("attempt", e.attempt).member("name", e.name);
  out.member("requirements", e.requirements).unless_empty("submittedBy", e.submitted_by).member("job", e.job);
}
void write(ObjectWriter& out, events::JobAssigned const& e) {
  out.member("stepId", e.step_id).member("attempt", e.attempt).member("workerId", e.worker_id);
  out.unless_empty("machineId", e.machine_id).member("job", e.job);
}
void write(ObjectWriter& out, events::JobStarted const& e) {
  out.member("stepId", e.step_id).member("workerId", e.worker_id).member("job", e.job);
}
void write(ObjectWriter& out, events::RunComplete const& e) {
  out.member("status", to_string(e.status)).member("durationMs", e.duration).member("error", e.error);
}
void write(ObjectWriter& out, events::MachineRegistered const& e) {
  out.member("machineId", e.machine_id).unless_empty("hostname", e.hostname);
}
void write(ObjectWriter& out, events::MachineDisconnected const& e) {
  out.member("machineId", e.machine_id).member("reason", e.reason);
}
void write(ObjectWriter& out, events::MachineStatusChanged const& e) {
  out.member("machineId", e.machine_id).member("oldStatus", to_string(e.old_status));
  out.member("newStatus", to_string(e.new_status));
}
void write(ObjectWriter& out, events::WorkerConnected const& e) {
  out.member("workerId", e.worker_id).member("machineId", e.machine_id).member("status", to_string(e.status));
  out.member("capabilities", e.capabilities).member("types", json::value_from(e.types));
  out.member("concurrency", e.concurrency).member("connectedAt", to_epoch_ms(e.connected_at));
}
void write(ObjectWriter& out, events::WorkerDisconnected const& e) {
  out.member("workerId", e.worker_id).member("machineId", e.machine_id).member("reason", e.reason);
}
void write(ObjectWriter& out, events::WorkerStatusChanged const& e) {
  out.member("workerId", e.worker_id).member("oldStatus", to_string(e.old_status));
  out.member("newStatus", to_string(e.new_status)).member("currentJobId", e.current_job_id);
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

}  // namespace

EventDraft encode(EventPayload payload, Timestamp time) {
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
  draft.value = std::make_shared<EventPayload const>(std::move(payload));
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

boost::json::object to_json(EventPayload const& payload) {
  return parse_own_json(encode(payload, Timestamp{}).payload).as_object();
}

}  // namespace runcast
