#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "feed/board.hpp"
#include "feed/system_state.hpp"
#include "store/types.hpp"

namespace runcast {

// Folds committed events into the state of the system and puts what they are told as on the board, each rendered once
// for each audience that is there. On the feed's thread.
class Folding {
 public:
  Folding(SystemState& state, Board& board) : state_(state), board_(board) {}

  // In the order of their ids, those that are new. `upto`: nothing else of what is up to there concerns anybody.
  void fold(std::vector<Event> const& events, std::uint64_t upto);

  // A line of a job, by its event's `seq` and `id`; one that is there already is passed over.
  void add_line(RunId const& run, std::string_view step, std::uint64_t seq, std::string_view line, std::uint64_t id);

  // Jobs that got log lines since they were last told of; told now, as one batch.
  bool owes_logs() const { return !chatty_.empty(); }
  void tell_logs();

  // All up to here is folded: the state is true at this event.
  std::uint64_t upto() const { return board_.upto(); }

 private:
  struct Draft;

  void take(Event const& event, Draft& draft);
  void finish(Draft& draft, std::uint64_t upto);
  void add_logs(Draft& draft, std::uint64_t id);

  SystemState& state_;
  Board& board_;
  std::uint64_t seen_ = 0;                       // the newest event that was looked at, log lines included
  std::map<std::string, std::uint64_t> chatty_;  // jobs, by when they last got a line
};

}  // namespace runcast
