#include "queue/pending_jobs.hpp"

#include <tuple>

#include <boost/json/serialize.hpp>

#include "queue/requirements.hpp"

namespace runcast {

bool PendingJobs::GoesFirst::operator()(Job const& a, Job const& b) const {
  return std::tie(b->priority, a->submitted, a->key) < std::tie(a->priority, b->submitted, b->key);
}

void PendingJobs::add(Job job) {
  auto& line = types_[job->type][boost::json::serialize(job->requirements)];
  if (line.jobs.empty()) line.requirements = job->requirements;
  if (line.jobs.insert(std::move(job)).second) ++size_;
}

void PendingJobs::remove(JobSpec const& job) {
  auto const lines = types_.find(job.type);
  if (lines == types_.end()) return;
  auto const line = lines->second.find(boost::json::serialize(job.requirements));
  if (line == lines->second.end()) return;
  Job const alias(std::shared_ptr<void>(), &job);
  size_ -= line->second.jobs.erase(alias);
  if (line->second.jobs.empty()) lines->second.erase(line);
  if (lines->second.empty()) types_.erase(lines);
}

PendingJobs::Job PendingJobs::take(std::vector<std::string> const& types, boost::json::object const& capabilities) {
  Line const* best = nullptr;
  if (types.empty()) {
    for (auto const& [type, lines] : types_) look(lines, capabilities, best);
  }
  for (auto const& type : types) {
    if (auto const lines = types_.find(type); lines != types_.end()) look(lines->second, capabilities, best);
  }
  if (!best) return nullptr;
  auto const job = *best->jobs.begin();
  remove(*job);
  return job;
}

void PendingJobs::look(Lines const& lines, boost::json::object const& capabilities, Line const*& best) {
  for (auto const& [requirements, line] : lines) {
    bool const better = !best || GoesFirst{}(*line.jobs.begin(), *best->jobs.begin());
    if (better && satisfies(capabilities, line.requirements)) best = &line;
  }
}

}  // namespace runcast
