#include "tests/feed/event_maker.hpp"

#include <fmt/format.h>

namespace runcast::testing {

Event EventMaker::make(EventPayload payload, RunId run) {
  Event event;
  event.run = run;
  event.id = id_ += 1 + pick(3);
  event.seq = event.id;
  event.time = from_epoch_ms(time_ += static_cast<std::int64_t>(pick(5)));
  event.type = static_cast<EventType>(payload.index());
  event.payload = std::move(payload);
  return event;
}

Event EventMaker::next() {
  switch (pick(8)) {
    case 0:
    case 1:
      return submit();
    case 2:
      return touch_worker();
    default:
      return jobs_.empty() ? submit() : advance();
  }
}

Event EventMaker::submit() {
  Job job;
  job.run = RunId(UlidSource(random_()).next(from_epoch_ms(time_)));
  bool const lone = pick(3) > 0;
  job.step = lone ? "job" : "render";
  job.mark = {lone ? job.run.str() : job.run.str() + ".render", fmt::format("type{}", pick(3)),
              static_cast<int>(pick(10)), std::nullopt, ""};
  events::JobSubmitted event{job.step, 1, "A job", {{"gpu", true}}, "api", job.mark};
  job.mark.was = JobStatus::pending;
  auto const run = job.run;
  jobs_[job.mark.id] = std::move(job);
  return make(std::move(event), run);
}

events::JobMark EventMaker::mark(Job& job, JobStatus now, std::string worker) {
  auto before = job.mark;
  job.mark.was = now;
  job.mark.worker_id = std::move(worker);
  return before;
}

Event EventMaker::advance() {
  auto entry = jobs_.begin();
  std::advance(entry, static_cast<std::ptrdiff_t>(pick(jobs_.size())));
  auto& job = entry->second;
  auto const run = job.run;
  auto const worker = job.mark.worker_id;
  if (pick(6) == 0) return end(job);
  switch (*job.mark.was) {
    case JobStatus::pending: {
      auto const taker = fmt::format("worker-{}", pick(4));
      return make(events::JobAssigned{job.step, job.attempt, taker, "m1", mark(job, JobStatus::assigned, taker)}, run);
    }
    case JobStatus::assigned:
      return make(events::JobStarted{job.step, worker, mark(job, JobStatus::active, worker)}, run);
    default:
      break;
  }
  if (pick(4) == 0) {
    events::StepRetry retry{job.step,      job.attempt,           Millis(0),
                            "interrupted", "the worker was lost", mark(job, JobStatus::pending, "")};
    return make(std::move(retry), run);
  }
  return make(events::StepProgress{job.step, static_cast<double>(pick(101)) / 100, "working", job.mark}, run);
}

Event EventMaker::end(Job& job) {
  events::StepComplete ended;
  ended.step_id = job.step;
  ended.attempt = job.attempt;
  ended.job = job.mark;
  auto const run = job.run;
  switch (pick(3)) {
    case 0:
      ended.outputs = boost::json::object{{"answer", 42}};
      break;
    case 1:
      ended.status = StepStatus::failed;
      ended.error = "it broke";
      break;
    default:
      ended.status = StepStatus::cancelled;
  }
  jobs_.erase(ended.job->id);
  return make(std::move(ended), run);
}

Event EventMaker::touch_worker() {
  auto const id = fmt::format("worker-{}", pick(4));
  auto const found = workers_.find(id);
  if (found == workers_.end()) {
    workers_[id] = WorkerStatus::idle;
    return make(
        events::WorkerConnected{id, "m1", WorkerStatus::idle, {{"gpu", true}}, {"type1"}, 2, from_epoch_ms(time_)});
  }
  if (pick(4) == 0) {
    workers_.erase(found);
    return make(events::WorkerDisconnected{id, "m1", "gone"});
  }
  auto const old = found->second;
  found->second = old == WorkerStatus::idle ? WorkerStatus::busy : WorkerStatus::idle;
  return make(events::WorkerStatusChanged{id, old, found->second, std::nullopt});
}

}  // namespace runcast::testing
