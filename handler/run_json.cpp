#include "handler/run_json.hpp"

#include <map>

#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "model/json_parse.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

void set_time(json::object& out, std::string_view name, std::optional<Timestamp> const& time) {
  if (time) out[name] = to_epoch_ms(*time);
}

void set_text(json::object& out, std::string_view name, std::string const& text) {
  if (!text.empty()) out[name] = text;
}

// The steps of a run while its log is read through.
class StepFold {
 public:
  explicit StepFold(json::object const& definition) {
    for (auto const& value : definition.at("steps").as_array()) add_defined(value.as_object());
  }

  void apply(Event const& event) {
    std::visit([&](auto const& payload) { on(payload, event.time); }, event.payload);
  }

  json::array take() {
    json::array steps;
    for (auto const& id : order_) steps.push_back(std::move(steps_[id]));
    return steps;
  }

 private:
  void add_defined(json::object const& step) {
    json::object& out = entry(json::value_to<std::string>(step.at("id")));
    if (auto const* name = step.if_contains("name")) out["name"] = *name;
    for (auto const kind :
         {StepKind::run, StepKind::http, StepKind::delay, StepKind::job, StepKind::workflow, StepKind::approval}) {
      if (step.contains(to_string(kind))) out["kind"] = to_string(kind);
    }
    for (auto const* key : {"needs", "depends_on"}) {
      if (auto const* needs = step.if_contains(key)) out["needs"] = *needs;
    }
  }

  json::object& entry(std::string const& id) {
    auto const [found, is_new] = steps_.try_emplace(id);
    json::object& out = found->second;
    if (is_new) {
      order_.push_back(id);
      out = {{"id", id},    {"name", id}, {"kind", "run"}, {"needs", json::array()}, {"status", "pending"},
             {"attempt", 0}};
    }
    return out;
  }

  void on(events::RunStart const& e, Timestamp) {
    for (std::size_t layer = 0; layer < e.layers.size(); ++layer) {
      for (auto const& id : e.layers[layer]) entry(id)["layer"] = layer;
    }
  }
  void on(events::StepStart const& e, Timestamp at) {
    json::object& out = entry(e.step_id);
    out["name"] = e.name;
    out["kind"] = to_string(e.kind);
    out["layer"] = e.layer;
    out["status"] = "running";
    out["attempt"] = e.attempt;
    out.erase("progress");
    out.erase("progressText");
    if (e.matrix) out["matrix"] = *e.matrix;
    out["startedAt"] = to_epoch_ms(at);
  }
  void on(events::StepRetry const& e, Timestamp) {
    json::object& out = entry(e.step_id);
    out["status"] = "pending";
    if (e.error) out["error"] = *e.error;
    if (e.job) set_job(e.step_id, *e.job, JobStatus::pending, "");
  }
  void on(events::StepComplete const& e, Timestamp at) {
    json::object& out = entry(e.step_id);
    out["status"] = to_string(e.status);
    out["attempt"] = e.attempt;
    out["endedAt"] = to_epoch_ms(at);
    out["durationMs"] = e.duration.count();
    for (auto const* stale : {"error", "progress", "progressText"}) out.erase(stale);
    if (e.exit_code) out["exitCode"] = *e.exit_code;
    if (e.signal) out["signal"] = *e.signal;
    if (e.error) out["error"] = *e.error;
    if (e.outputs) out["outputs"] = *e.outputs;
    if (e.job) set_job(e.step_id, *e.job, job_status_of(e.status), e.job->worker_id);
  }
  void on(events::StepProgress const& e, Timestamp) {
    json::object& out = entry(e.step_id);
    out["progress"] = e.progress;
    if (e.text) out["progressText"] = *e.text;
  }
  void on(events::ApprovalRequested const& e, Timestamp) { entry(e.step_id)["approval"] = {{"message", e.message}}; }
  void on(events::ApprovalDecided const& e, Timestamp) {
    entry(e.step_id)["approval"] = {{"approved", e.approved}, {"by", e.by}};
  }
  void on(events::JobSubmitted const& e, Timestamp) { set_job(e.step_id, e.job, JobStatus::pending, ""); }
  void on(events::JobAssigned const& e, Timestamp) { set_job(e.step_id, e.job, JobStatus::assigned, e.worker_id); }
  void on(events::JobStarted const& e, Timestamp) { set_job(e.step_id, e.job, JobStatus::active, e.worker_id); }
  void on(events::ChildStarted const& e, Timestamp) { entry(e.step_id)["childRunId"] = e.child_run_id; }
  void on(auto const&, Timestamp) {}

  void set_job(std::string const& step, events::JobMark const& job, JobStatus status, std::string_view worker) {
    json::object out{{"id", job.id}, {"type", job.type}, {"status", to_string(status)}};
    if (!worker.empty()) out["workerId"] = worker;
    entry(step)["job"] = std::move(out);
  }

  std::vector<std::string> order_;
  std::map<std::string, json::object> steps_;
};

}  // namespace

json::object to_json(RunRow const& run) {
  json::object out{{"id", run.id.str()},          {"workflow", run.workflow},
                   {"version", run.version},      {"status", to_string(run.status)},
                   {"startedBy", run.started_by}, {"createdAt", to_epoch_ms(run.created)}};
  set_time(out, "startedAt", run.started);
  set_time(out, "endedAt", run.ended);
  if (run.started && run.ended) out["durationMs"] = (*run.ended - *run.started).count();
  out["firstSeq"] = run.first_seq;
  out["lastSeq"] = run.last_seq;
  set_text(out, "error", run.error);
  set_time(out, "importedAt", run.imported);
  set_text(out, "parentRunId", run.parent_run);
  set_text(out, "parentStepId", run.parent_step);
  return out;
}

json::object run_json(RunRow const& run, RunDocument const& document, std::vector<Event> const& events) {
  json::object const definition = parse_own_json(document.definition_json).as_object();
  StepFold steps(definition);
  for (auto const& event : events) steps.apply(event);
  auto out = to_json(run);
  out["inputs"] = parse_own_json(document.inputs_json);
  out["steps"] = steps.take();
  out["definition"] = definition;
  return out;
}

std::string with_member(json::object const& object, std::string_view name, std::string_view value) {
  auto text = to_json_text(object);
  text.pop_back();
  if (!object.empty()) text += ',';
  append_json_string(text, name);
  return text.append(":").append(value).append("}");
}

std::string list_json(std::vector<std::string> const& items, std::optional<std::string> const& next_cursor) {
  std::string text = "{\"items\":[";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += ',';
    text += items[i];
  }
  text += "],\"nextCursor\":";
  next_cursor ? append_json_string(text, *next_cursor) : static_cast<void>(text += "null");
  return text += '}';
}

}  // namespace runcast
