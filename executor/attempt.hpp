#pragma once

#include <functional>
#include <memory>

#include "executor/run_state.hpp"

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

}  // namespace runcast
