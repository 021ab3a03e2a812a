#include "handler/job_json.hpp"

#include <cmath>

#include <boost/json/value_from.hpp>

#include "handler/run_json.hpp"
#include "model/json_parse.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

void set_time(json::object& out, std::string_view name, std::optional<Timestamp> time) {
  if (time) out[name] = to_epoch_ms(*time);
}

// A whole number where it is one, so that it reads as people write it.
json::value percent(double progress) {
  auto const value = std::round(progress * 10'000) / 100;
  auto const whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? json::value(whole) : json::value(value);
}

}  // namespace

std::string job_json(JobRow const& job, JobReport const& report) {
  json::object out{{"id", job.id},
                   {"name", job.name},
                   {"type", job.type},
                   {"status", to_string(job.status)},
                   {"progress", percent(report.progress)},
                   {"action", report.action},
                   {"logs", json::value_from(report.logs)},
                   {"priority", job.priority},
                   {"requirements", parse_own_json(job.requirements)},
                   {"attempt", job.attempt},
                   {"runId", job.key.run.str()},
                   {"stepId", job.key.step},
                   {"createdAt", to_epoch_ms(job.submitted)}};
  set_time(out, "assignedAt", job.assigned);
  set_time(out, "startedAt", job.started);
  set_time(out, "endedAt", job.ended);
  if (!job.worker.empty()) out["workerId"] = job.worker;
  if (!job.error.empty()) out["error"] = job.error;
  if (report.result) out["result"] = *report.result;
  return with_member(out, "payload", job.payload);
}

std::string lease_json(JobLease const& lease, Millis duration) {
  auto const& job = *lease.job;
  return with_member({{"id", job.id},
                      {"type", job.type},
                      {"name", job.name},
                      {"priority", job.priority},
                      {"requirements", job.requirements},
                      {"token", lease.token},
                      {"attempt", lease.token},
                      {"leaseMs", duration.count()},
                      {"runId", job.key.run.str()},
                      {"stepId", job.key.step}},
                     "payload", job.payload);
}

json::object to_json(WorkerView const& worker) {
  auto const& intro = worker.intro;
  return {{"id", intro.id},
          {"machineId", intro.machine_id},
          {"status", to_string(worker.status)},
          {"capabilities", intro.capabilities},
          {"types", json::value_from(intro.types)},
          {"concurrency", intro.concurrency},
          {"currentJobs", json::value_from(worker.jobs)},
          {"connectedAt", to_epoch_ms(worker.connected)},
          {"lastSeenAt", to_epoch_ms(worker.last_seen)}};
}

json::object to_json(MachineView const& machine) {
  return {{"id", machine.id},
          {"hostname", machine.hostname},
          {"status", to_string(machine.status)},
          {"workers", json::value_from(machine.workers)},
          {"registeredAt", to_epoch_ms(machine.registered)},
          {"lastSeenAt", to_epoch_ms(machine.last_seen)}};
}

}  // namespace runcast
