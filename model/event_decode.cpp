// Events from JSON: the reading half of the codec.
#include <array>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value_to.hpp>

#include "model/event.hpp"
#include "model/json_parse.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

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
  std::string text_or_empty(std::string_view name) const { return has(name) ? text(name) : std::string(); }
  std::optional<int> maybe_int(std::string_view name) const {
    return has(name) ? std::optional{number<int>(name)} : std::nullopt;
  }
  // A copy that does not lie in the reader's memory, where the plain one would.
  json::object object(std::string_view name) const { return {object_.at(name).as_object(), json::storage_ptr()}; }
  std::optional<json::object> maybe_object(std::string_view name) const {
    return has(name) ? std::optional{object(name)} : std::nullopt;
  }
  std::vector<json::object> objects(std::string_view name) const {
    std::vector<json::object> all;
    for (auto const& each : object_.at(name).as_array()) all.emplace_back(each.as_object(), json::storage_ptr());
    return all;
  }
  template <class T>
  T value(std::string_view name) const {
    return json::value_to<T>(object_.at(name));
  }
  template <class T>
  T named(std::string_view name, std::optional<T> (*from)(std::string_view)) const {
    return from(text(name)).value();
  }
  events::JobMark job() const {
    ObjectReader const in(object_.at("job").as_object());
    events::JobMark mark{in.text("id"), in.text("type"), in.number<int>("priority"), {}, in.text_or_empty("workerId")};
    if (in.has("was")) mark.was = in.named("was", job_status_from);
    return mark;
  }
  std::optional<events::JobMark> maybe_job() const { return has("job") ? std::optional(job()) : std::nullopt; }

 private:
  bool has(std::string_view name) const { return object_.contains(name); }

  json::object const& object_;
};

EventPayload read_payload(EventType type, ObjectReader const& in) {
  switch (type) {
    case EventType::run_start:
      return events::RunStart{in.text("workflow"), in.number<int>("version"), in.object("inputs"),
                              in.value<std::vector<std::vector<std::string>>>("layers"), in.text("startedBy")};
    case EventType::step_start:
      return events::StepStart{in.text("stepId"),       in.text("name"),           in.named("kind", step_kind_from),
                               in.number<int>("layer"), in.number<int>("attempt"), in.maybe_object("matrix")};
    case EventType::step_log:
      return events::StepLog{in.text("stepId"), in.named("level", level_from), in.text("message"),
                             in.flag("truncated")};
    case EventType::step_progress:
      return events::StepProgress{in.text("stepId"), in.number<double>("progress"), in.maybe_text("text"),
                                  in.maybe_job()};
    case EventType::step_retry:
      return events::StepRetry{in.text("stepId"), in.number<int>("attempt"), in.millis("delayMs"),
                               in.text("reason"), in.maybe_text("error"),    in.maybe_job()};
    case EventType::step_complete:
      return events::StepComplete{in.text("stepId"),
                                  in.named("status", step_status_from),
                                  in.number<int>("attempt"),
                                  in.millis("durationMs"),
                                  in.maybe_int("exitCode"),
                                  in.maybe_text("signal"),
                                  in.maybe_text("error"),
                                  in.maybe_object("outputs"),
                                  in.maybe_job()};
    case EventType::cancel_requested:
      return events::CancelRequested{in.maybe_text("stepId"), in.text("by"), in.text("reason")};
    case EventType::approval_requested:
      return events::ApprovalRequested{in.text("stepId"), in.text("message")};
    case EventType::approval_decided:
      return events::ApprovalDecided{in.text("stepId"), in.flag("approved"), in.text("by"), in.maybe_text("comment")};
    case EventType::child_started:
      return events::ChildStarted{in.text("stepId"), in.text("childRunId")};
    case EventType::matrix_expanded:
      return events::MatrixExpanded{in.text("stepId"), in.objects("instances")};
    case EventType::job_submitted:
      return events::JobSubmitted{in.text("stepId"),         in.number<int>("attempt"),       in.text("name"),
                                  in.object("requirements"), in.text_or_empty("submittedBy"), in.job()};
    case EventType::job_assigned:
      return events::JobAssigned{in.text("stepId"), in.number<int>("attempt"), in.text("workerId"),
                                 in.text_or_empty("machineId"), in.job()};
    case EventType::job_started:
      return events::JobStarted{in.text("stepId"), in.text("workerId"), in.job()};
    case EventType::run_complete:
      return events::RunComplete{in.named("status", run_status_from), in.millis("durationMs"), in.maybe_text("error")};
    case EventType::machine_registered:
      return events::MachineRegistered{in.text("machineId"), in.text_or_empty("hostname")};
    case EventType::machine_disconnected:
      return events::MachineDisconnected{in.text("machineId"), in.text("reason")};
    case EventType::machine_status_changed:
      return events::MachineStatusChanged{in.text("machineId"), in.named("oldStatus", machine_status_from),
                                          in.named("newStatus", machine_status_from)};
    case EventType::worker_connected:
      return events::WorkerConnected{in.text("workerId"),
                                     in.text("machineId"),
                                     in.named("status", worker_status_from),
                                     in.object("capabilities"),
                                     in.value<std::vector<std::string>>("types"),
                                     in.number<int>("concurrency"),
                                     from_epoch_ms(in.number<std::int64_t>("connectedAt"))};
    case EventType::worker_disconnected:
      return events::WorkerDisconnected{in.text("workerId"), in.text("machineId"), in.text("reason")};
    case EventType::worker_status_changed:
      return events::WorkerStatusChanged{in.text("workerId"), in.named("oldStatus", worker_status_from),
                                         in.named("newStatus", worker_status_from), in.maybe_text("currentJobId")};
    case EventType::other:
      break;
  }
  return {};
}

}  // namespace

Result<Event> decode_event(std::string_view text) {
  try {
    std::array<unsigned char, 4096> buffer;
    json::monotonic_resource memory(buffer.data(), buffer.size());
    json::value const document = parse_own_json(text, &memory);
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

}  // namespace runcast
