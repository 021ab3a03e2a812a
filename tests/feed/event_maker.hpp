#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "model/event.hpp"

namespace runcast::testing {

// Makes the events of a system that lives: workers come and go, jobs are submitted, taken, worked on and ended, each
// with the mark that the log would have. The same seed makes the same events.
class EventMaker {
 public:
  explicit EventMaker(std::uint64_t seed) : random_(seed) {}

  Event next();

  Event make(EventPayload payload, RunId run = RunId());

 private:
  struct Job {
    RunId run;
    std::string step;
    events::JobMark mark;
    int attempt = 1;
  };

  std::size_t pick(std::size_t count) { return random_() % count; }
  Event submit();
  Event advance();
  Event end(Job& job);
  Event touch_worker();
  events::JobMark mark(Job& job, JobStatus now, std::string worker);

  std::mt19937_64 random_;
  std::uint64_t id_ = 0;
  std::int64_t time_ = 1'763'682'352'000;
  std::map<std::string, Job> jobs_;
  std::map<std::string, WorkerStatus> workers_;
};

}  // namespace runcast::testing
