#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "model/workflow.hpp"

namespace runcast {

// Which runs may be under way: a bound for all, and one for each concurrency group. Those beyond wait in the order in
// which they came. Pure; one thread.
class Admission {
 public:
  enum class Verdict { start, wait, refuse };
  struct Answer {
    Verdict verdict = Verdict::start;
    std::vector<RunId> cancel;  // make room for it: runs of its group that are under way or wait
  };

  explicit Admission(std::size_t max_runs) : max_runs_(max_runs) {}

  // A new run. A refused one is forgotten again. `counted` is false for child runs, which only their group holds up: a
  // parent that waits for its child keeps its own place, so a child that waits for a place could wait forever.
  Answer enter(RunId run, std::optional<Concurrency> const& group, bool counted);

  // A run that was under way before: it goes on, whatever the bounds.
  void enter_running(RunId run, std::optional<Concurrency> const& group, bool counted);

  // A run has ended, or never came to be. Returns those that may start now.
  std::vector<RunId> leave(RunId run);

  bool waits(RunId run) const;
  std::size_t waiting() const { return line_.size(); }

 private:
  struct Entry {
    std::string group;  // empty: none
    std::size_t limit = 0;
    bool counted = true;
    bool running = false;
  };
  struct Group {
    std::size_t running = 0;
    std::vector<RunId> members;  // running and waiting, oldest first
  };

  Entry& add(RunId run, std::optional<Concurrency> const& group, bool counted);
  bool has_room(Entry const& entry) const;
  void start(Entry& entry);

  std::size_t max_runs_;
  std::size_t running_ = 0;  // counted ones
  std::unordered_map<RunId, Entry> entries_;
  std::map<std::string, Group> groups_;
  std::list<RunId> line_;
};

}  // namespace runcast
