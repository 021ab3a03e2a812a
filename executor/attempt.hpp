#pragma once

#include <functional>
#include <memory>
#include <string>

#include "executor/run_state.hpp"
#include "model/retry.hpp"

namespace runcast {

// What the run and the coroutine that works on one attempt have in common.
struct Attempt {
  enum class Ending : std::uint8_t { none, cancelled, timed_out, shutdown };

  StepIndex step = no_step;
  std::string step_id;
  int number = 1;
  bool holds_slot = false;        // of the server
  Ending ending = Ending::none;   // why it was told to end
  std::function<void()> end_now;  // set while there is something that can be ended

  // Its first reason counts.
  void end(Ending why) {
    if (ending == Ending::none) ending = why;
    if (end_now) end_now();
  }
};

// Lets the attempt end what works on it, for as long as this lives; at once where it has been told to end already.
class EndsBy {
 public:
  EndsBy(Attempt& attempt, std::function<void()> end_now) : attempt_(attempt) {
    attempt_.end_now = std::move(end_now);
    if (attempt_.ending != Attempt::Ending::none) attempt_.end_now();
  }
  ~EndsBy() { attempt_.end_now = nullptr; }
  EndsBy(EndsBy const&) = delete;
  EndsBy& operator=(EndsBy const&) = delete;

 private:
  Attempt& attempt_;
};

// What has become of an attempt that ended by itself, with or without success, or because it was told to.
inline Outcome outcome_of(Attempt::Ending ending, bool success) {
  switch (ending) {
    case Attempt::Ending::cancelled:
      return Outcome::cancelled;
    case Attempt::Ending::timed_out:
      return Outcome::timed_out;
    case Attempt::Ending::shutdown:
      return Outcome::interrupted;
    case Attempt::Ending::none:
      break;
  }
  return success ? Outcome::succeeded : Outcome::failed;
}

}  // namespace runcast
