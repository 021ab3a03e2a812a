#include "executor/admission.hpp"

#include <algorithm>

namespace runcast {

Admission::Entry& Admission::add(RunId run, std::optional<Concurrency> const& group, bool counted) {
  auto& entry = entries_[run];
  entry.counted = counted;
  if (group) {
    entry.group = group->group;
    entry.limit = static_cast<std::size_t>(group->limit);
    groups_[entry.group].members.push_back(run);
  }
  return entry;
}

Admission::Answer Admission::enter(RunId run, std::optional<Concurrency> const& group, bool counted) {
  Answer answer;
  if (group) {
    auto const found = groups_.find(group->group);
    bool const full = found != groups_.end() && found->second.members.size() >= static_cast<std::size_t>(group->limit);
    if (full && group->on_conflict == Concurrency::OnConflict::refuse) return {Verdict::refuse, {}};
    if (full && group->on_conflict == Concurrency::OnConflict::cancel_running) answer.cancel = found->second.members;
  }
  auto& entry = add(run, group, counted);
  if (has_room(entry)) {
    start(entry);
  } else {
    answer.verdict = Verdict::wait;
    line_.push_back(run);
  }
  return answer;
}

void Admission::enter_running(RunId run, std::optional<Concurrency> const& group, bool counted) {
  start(add(run, group, counted));
}

std::vector<RunId> Admission::leave(RunId run) {
  auto const found = entries_.find(run);
  if (found == entries_.end()) return {};
  auto const entry = std::move(found->second);
  entries_.erase(found);
  if (entry.running && entry.counted) --running_;
  if (!entry.running) line_.remove(run);
  if (auto const group = groups_.find(entry.group); group != groups_.end()) {
    if (entry.running) --group->second.running;
    std::erase(group->second.members, run);
    if (group->second.members.empty()) groups_.erase(group);
  }

  std::vector<RunId> starting;
  for (auto next = line_.begin(); next != line_.end();) {
    auto& waiting = entries_.at(*next);
    if (waiting.counted && running_ >= max_runs_ && waiting.group.empty()) break;  // so will be all that come after
    if (!has_room(waiting)) {
      ++next;
      continue;
    }
    start(waiting);
    starting.push_back(*next);
    next = line_.erase(next);
  }
  return starting;
}

bool Admission::waits(RunId run) const {
  auto const found = entries_.find(run);
  return found != entries_.end() && !found->second.running;
}

bool Admission::has_room(Entry const& entry) const {
  if (entry.counted && running_ >= max_runs_) return false;
  return entry.group.empty() || groups_.at(entry.group).running < entry.limit;
}

void Admission::start(Entry& entry) {
  entry.running = true;
  if (entry.counted) ++running_;
  if (!entry.group.empty()) ++groups_.at(entry.group).running;
}

}  // namespace runcast
