#include <boost/json/object.hpp>

#include "feed/render.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

// Collects what one event is told as.
class Telling {
 public:
  explicit Telling(Event const& event) : event_(event) {}

  std::int64_t time() const { return to_epoch_ms(event_.time); }
  std::string run() const { return event_.run.str(); }

  // `members` in their order between the type and what every message ends with.
  void tell(std::string_view type, Facets facets, json::object&& members) {
    json::object message{{"type", type}};
    for (auto& member : members) message.insert(std::move(member));
    message.emplace("timestamp", time());
    message.emplace("event_id", event_.id);
    facets.time = event_.time;
    messages.push_back({to_json_text(message), std::move(facets)});
  }

  std::vector<MonitorMessage> messages;

 private:
  Event const& event_;
};

Facets about(Topic topic, events::JobMark const& job, std::string const& worker) {
  return {topic, job.type, worker, job.priority, {}};
}

void put_worker(json::object& members, std::string const& worker) {
  if (!worker.empty()) members["worker_id"] = worker;
}

void tell_status(Telling& telling, events::JobMark const& job, JobStatus now, std::string const& worker) {
  json::object members{{"job_id", job.id}, {"old_status", to_string(*job.was)}, {"new_status", to_string(now)}};
  put_worker(members, worker);
  telling.tell("job_status_changed", about(Topic::job_status, job, worker), std::move(members));
}

// --- jobs ---

void tell(Telling& telling, events::JobSubmitted const& event) {
  if (event.job.was) return;  // another attempt: its job_status_changed was told when the last one ended
  json::object data{{"id", event.job.id},  {"job_type", event.job.type},
                    {"status", "pending"}, {"priority", event.job.priority},
                    {"name", event.name},  {"requirements", event.requirements}};
  if (event.job.id != telling.run()) data["workflow_id"] = telling.run();
  data["created_at"] = telling.time();
  telling.tell("job_submitted", about(Topic::jobs, event.job, ""),
               {{"job_id", event.job.id}, {"job_data", std::move(data)}});
}

void tell(Telling& telling, events::JobAssigned const& event) {
  telling.tell("job_assigned", about(Topic::jobs, event.job, event.worker_id),
               {{"job_id", event.job.id},
                {"worker_id", event.worker_id},
                {"old_status", "pending"},
                {"new_status", "assigned"},
                {"assigned_at", telling.time()}});
  if (event.job.was) tell_status(telling, event.job, JobStatus::assigned, event.worker_id);
}

void tell(Telling& telling, events::JobStarted const& event) {
  if (event.job.was) tell_status(telling, event.job, JobStatus::active, event.worker_id);
}

void tell(Telling& telling, events::StepProgress const& event) {
  if (!event.job) return;
  json::object members{{"job_id", event.job->id}, {"worker_id", event.job->worker_id}, {"progress", event.progress}};
  if (event.text) members["action"] = *event.text;
  auto const facets = about(Topic::job_progress, *event.job, event.job->worker_id);
  telling.tell("job_progress", facets, json::object(members));
  telling.tell("update_job_progress", facets, std::move(members));
}

void tell(Telling& telling, events::StepRetry const& event) {
  if (!event.job || !event.job->was || *event.job->was == JobStatus::pending) return;
  tell_status(telling, *event.job, JobStatus::pending, event.job->worker_id);
}

void tell(Telling& telling, events::StepComplete const& event) {
  if (!event.job || !event.job->was) return;
  auto const& job = *event.job;
  auto const status = job_status_after(event);
  tell_status(telling, job, status, job.worker_id);
  auto const facets = about(Topic::jobs, job, job.worker_id);
  json::object members{{"job_id", job.id}};
  put_worker(members, job.worker_id);
  if (status == JobStatus::completed) {
    members["result"] = event.outputs.value_or(json::object());
    auto completed = members;
    completed["completed_at"] = telling.time();
    telling.tell("job_completed", facets, std::move(completed));
    telling.tell("complete_job", facets, std::move(members));
  } else if (status == JobStatus::failed) {
    members["error"] = job_error(event);
    members["failed_at"] = telling.time();
    telling.tell("job_failed", facets, std::move(members));
  }
}

// --- workers and machines ---

Facets about_worker(std::string const& worker) { return {Topic::workers, "", worker, 0, {}}; }
Facets about_machine() { return {Topic::machines, "", "", 0, {}}; }

void tell(Telling& telling, events::WorkerConnected const& event) {
  json::object data{{"id", event.worker_id},
                    {"status", to_string(event.status)},
                    {"capabilities", event.capabilities},
                    {"connected_at", iso8601(event.connected_at)},
                    {"machine_id", event.machine_id},
                    {"job_types", json::array(event.types.begin(), event.types.end())},
                    {"concurrency", event.concurrency}};
  telling.tell("worker_connected", about_worker(event.worker_id),
               {{"worker_id", event.worker_id}, {"worker_data", std::move(data)}});
}

void tell(Telling& telling, events::WorkerDisconnected const& event) {
  telling.tell("worker_disconnected", about_worker(event.worker_id),
               {{"worker_id", event.worker_id}, {"machine_id", event.machine_id}, {"reason", event.reason}});
}

void tell(Telling& telling, events::WorkerStatusChanged const& event) {
  json::object members{{"worker_id", event.worker_id},
                       {"old_status", to_string(event.old_status)},
                       {"new_status", to_string(event.new_status)}};
  if (event.current_job_id) members["current_job_id"] = *event.current_job_id;
  telling.tell("worker_status_changed", about_worker(event.worker_id), std::move(members));
}

void tell(Telling& telling, events::MachineRegistered const& event) {
  json::object data{{"machine_id", event.machine_id}, {"hostname", event.hostname}, {"status", "online"}};
  telling.tell("machine_registered", about_machine(),
               {{"machine_id", event.machine_id}, {"machine_data", std::move(data)}});
}

void tell(Telling& telling, events::MachineDisconnected const& event) {
  telling.tell("machine_disconnected", about_machine(), {{"machine_id", event.machine_id}, {"reason", event.reason}});
}

void tell(Telling& telling, events::MachineStatusChanged const& event) {
  telling.tell("machine_status_changed", about_machine(),
               {{"machine_id", event.machine_id},
                {"old_status", to_string(event.old_status)},
                {"new_status", to_string(event.new_status)}});
}

// --- runs ---

void tell(Telling& telling, events::RunStart const& event) {
  telling.tell("run_start", {.topic = Topic::runs},
               {{"run_id", telling.run()},
                {"workflow", event.workflow},
                {"version", event.version},
                {"started_by", event.started_by}});
}

void tell(Telling& telling, events::RunComplete const& event) {
  json::object members{
      {"run_id", telling.run()}, {"status", to_string(event.status)}, {"duration_ms", event.duration.count()}};
  if (event.error) members["error"] = *event.error;
  telling.tell("run_complete", {.topic = Topic::runs}, std::move(members));
}

template <class Other>
void tell(Telling&, Other const&) {}

}  // namespace

std::vector<MonitorMessage> monitor_messages(Event const& event) {
  Telling telling(event);
  if (event.type != EventType::other) std::visit([&](auto const& payload) { tell(telling, payload); }, event.payload);
  return std::move(telling.messages);
}

JobStatus job_status_after(events::StepComplete const& event) {
  switch (event.status) {
    case StepStatus::succeeded:
      return JobStatus::completed;
    case StepStatus::failed:
      return JobStatus::failed;
    default:
      return JobStatus::cancelled;
  }
}

std::string job_error(events::StepComplete const& event) {
  if (event.error) return *event.error;
  return job_status_after(event) == JobStatus::cancelled ? "the job was cancelled" : "the job failed";
}

}  // namespace runcast
