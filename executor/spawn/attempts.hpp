#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "executor/spawn/attempt_marks.hpp"
#include "executor/spawn/wire.hpp"

namespace runcast {

// The processes of all running attempts, as their subreaper sees them. Single-threaded; it never waits.
//
// An attempt ends with its first process. All that is left of it is killed then, and the end is reported when nothing
// is left. That can be told from this process' own children alone: a process whose parents have ended is a child of
// the subreaper, so as long as any process of an ended attempt lives, one that is not a first process is among them.
//
// Such an orphan is told by its mark, or by its environment. One that shed both belongs to one of the attempts that ran
// when it was first seen; it is killed when the last of these has ended.
class Attempts {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Attempts(AttemptMarks const& marks) : marks_(marks) {}

  void add(wire::Serial serial, pid_t first, std::string attempt_id, bool marked);

  // SIGTERM for all of the attempt's processes now, and SIGKILL after `grace`; SIGKILL at once where that is 0.
  void terminate(wire::Serial serial, Millis grace, Clock::time_point now);

  // Reaps what has ended, kills what is due, and returns the attempts that are over. To be called after each SIGCHLD,
  // and when next_look() says so.
  std::vector<wire::Exited> settle(Clock::time_point now);

  // Milliseconds until settle() has something to do of its own accord, for poll(2): -1 is never.
  int next_look(Clock::time_point now) const;

  // Kills every process that is left, of whatever attempt; to be called until it says that there is none. It gives up
  // on what does not die within a bound.
  bool kill_all(Clock::time_point now);

 private:
  struct Attempt {
    pid_t first = 0;
    std::string id;
    bool marked = false;
    std::optional<int> wait_status;  // set: its first process has ended
    std::optional<Clock::time_point> kill_at;
    std::optional<Clock::time_point> report_by;
  };
  struct Orphan {
    std::optional<wire::Serial> owner;  // one that is no running attempt's: it is over
    wire::Serial newest = 0;            // the newest attempt when it was first seen
    Clock::time_point first_seen;
    bool hopeless = false;  // it cannot be killed: nothing waits for it any more
  };

  bool reap(Clock::time_point now);  // whether there are children at all
  void kill_due(Clock::time_point now);
  std::set<wire::Serial> kill_leftovers(Clock::time_point now);
  Orphan& orphan(pid_t pid, Clock::time_point now);
  std::optional<wire::Serial> owner_of(pid_t pid) const;
  bool may_live(Orphan const& orphan) const;
  bool running(wire::Serial serial) const;
  void signal(wire::Serial serial, Attempt const& attempt, int signal) const;

  AttemptMarks const& marks_;
  OwnChildren children_;
  std::map<wire::Serial, Attempt> attempts_;
  std::unordered_map<pid_t, wire::Serial> firsts_;  // of attempts that run
  std::unordered_map<pid_t, Orphan> orphans_;       // a pid is not used again before it is reaped here
  std::size_t ended_ = 0;                           // attempts that wait for their report
  wire::Serial newest_ = 0;
  std::optional<Clock::time_point> give_up_at_;
};

}  // namespace runcast
