#include "executor/spawn/attempts.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace runcast {
namespace {

// A killed process is gone within a millisecond or so, unless it hangs in the kernel: then the attempt's end is
// reported after this time without it.
constexpr Millis report_bound{2'000};
constexpr Millis give_up_bound{10'000};

// A process shows no environment while it is in the middle of exec(); one that shows none for longer has none.
constexpr Millis exec_bound{50};

// How often leftovers are looked for while a SIGCHLD of theirs may not come.
constexpr Millis look_interval{20};

}  // namespace

void Attempts::add(wire::Serial serial, pid_t first, std::string attempt_id, bool marked) {
  auto& attempt = attempts_[serial];
  attempt.first = first;
  attempt.id = std::move(attempt_id);
  attempt.marked = marked;
  firsts_[first] = serial;
  newest_ = serial;
}

void Attempts::terminate(wire::Serial serial, Millis grace, Clock::time_point now) {
  auto const found = attempts_.find(serial);
  if (found == attempts_.end() || found->second.wait_status) return;
  auto& attempt = found->second;
  auto const kill_at = now + std::max(grace, Millis{0});
  if (attempt.kill_at && *attempt.kill_at <= kill_at) return;
  bool const first_request = !attempt.kill_at;
  attempt.kill_at = kill_at;
  if (grace <= Millis{0}) return kill_due(now);
  if (!first_request) return;
  signal(serial, attempt, SIGTERM);
  signal(serial, attempt, SIGCONT);  // a stopped process would not see it
}

std::vector<wire::Exited> Attempts::settle(Clock::time_point now) {
  std::vector<wire::Exited> over;
  bool const children = reap(now);
  kill_due(now);
  if (ended_ == 0) return over;
  auto const held = children ? kill_leftovers(now) : std::set<wire::Serial>();
  for (auto it = attempts_.begin(); it != attempts_.end();) {
    auto const& [serial, attempt] = *it;
    if (attempt.wait_status && !held.contains(serial)) {
      over.push_back({serial, *attempt.wait_status});
      it = attempts_.erase(it);
      --ended_;
    } else {
      ++it;
    }
  }
  return over;
}

int Attempts::next_look(Clock::time_point now) const {
  std::optional<Clock::time_point> next;
  if (ended_ > 0 || give_up_at_) next = now + look_interval;
  for (auto const& [serial, attempt] : attempts_) {
    if (attempt.kill_at && !attempt.wait_status && (!next || *attempt.kill_at < *next)) next = attempt.kill_at;
  }
  if (!next) return -1;
  return static_cast<int>(std::chrono::ceil<Millis>(std::max(*next - now, Clock::duration::zero())).count());
}

bool Attempts::kill_all(Clock::time_point now) {
  if (!give_up_at_) give_up_at_ = now + give_up_bound;
  if (!reap(now) || now > *give_up_at_) return false;
  marks_.kill_instance();
  for (auto const pid : children_.list()) ::kill(pid, SIGKILL);
  return true;
}

bool Attempts::reap(Clock::time_point now) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) != 0;) {
    if (pid < 0) return false;
    orphans_.erase(pid);
    auto const first = firsts_.find(pid);
    if (first == firsts_.end()) continue;
    auto& attempt = attempts_.at(first->second);
    attempt.wait_status = status;
    attempt.report_by = now + report_bound;
    ++ended_;
    firsts_.erase(first);
  }
  return true;
}

void Attempts::kill_due(Clock::time_point now) {
  for (auto& [serial, attempt] : attempts_) {
    if (attempt.wait_status || !attempt.kill_at || *attempt.kill_at > now) continue;
    ::kill(attempt.first, SIGKILL);
    signal(serial, attempt, SIGKILL);
    attempt.kill_at = Clock::time_point::max();
  }
}

// Kills the orphans that may not live any more, and returns the ended attempts whose report has to wait for that.
std::set<wire::Serial> Attempts::kill_leftovers(Clock::time_point now) {
  std::set<wire::Serial> held;
  auto const hold = [&](wire::Serial serial, Orphan& leftover) {
    auto const attempt = attempts_.find(serial);
    if (attempt == attempts_.end() || !attempt->second.wait_status || leftover.hopeless) return;
    leftover.hopeless = now >= *attempt->second.report_by;
    if (!leftover.hopeless) held.insert(serial);
  };
  for (auto const pid : children_.list()) {
    if (firsts_.contains(pid)) continue;
    auto& leftover = orphan(pid, now);
    bool const lives = may_live(leftover);
    if (lives && (leftover.owner || now - leftover.first_seen >= exec_bound)) continue;
    if (!lives && ::kill(pid, SIGKILL) != 0) leftover.hopeless = true;
    if (leftover.owner) {
      hold(*leftover.owner, leftover);
    } else {
      for (auto const& [serial, attempt] : attempts_) hold(serial, leftover);
    }
  }
  for (auto const serial : held) marks_.signal(serial, SIGKILL);
  return held;
}

Attempts::Orphan& Attempts::orphan(pid_t pid, Clock::time_point now) {
  auto const [it, is_new] = orphans_.try_emplace(pid);
  auto& orphan = it->second;
  if (is_new) {
    orphan.newest = newest_;
    orphan.first_seen = now;
  }
  if (!orphan.owner) orphan.owner = owner_of(pid);
  return orphan;
}

std::optional<wire::Serial> Attempts::owner_of(pid_t pid) const {
  if (auto const serial = marks_.read(pid)) return serial;
  auto const id = marks_.read_environment(pid);
  if (!id) return std::nullopt;
  auto const named = [&](auto const& entry) { return entry.second.id == *id; };
  auto const found = std::find_if(attempts_.begin(), attempts_.end(), named);
  return found == attempts_.end() ? wire::Serial{0} : found->first;
}

bool Attempts::may_live(Orphan const& orphan) const {
  if (orphan.owner) return running(*orphan.owner);
  return std::any_of(attempts_.begin(), attempts_.upper_bound(orphan.newest),
                     [](auto const& entry) { return !entry.second.wait_status; });
}

bool Attempts::running(wire::Serial serial) const {
  auto const found = attempts_.find(serial);
  return found != attempts_.end() && !found->second.wait_status;
}

// To all of the attempt's processes; where the system refused the mark, to those of its first process' group.
void Attempts::signal(wire::Serial serial, Attempt const& attempt, int signal) const {
  if (attempt.marked) {
    marks_.signal(serial, signal);
  } else {
    ::kill(-attempt.first, signal);
  }
}

}  // namespace runcast
