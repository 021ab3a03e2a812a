#pragma once

#include <string_view>

#include "model/event.hpp"

namespace runcast::cli {

// Shows a run to somebody, as it happens. One thread.
class EventSink {
 public:
  virtual ~EventSink() = default;

  // The next event, in order, each once; `json` is its text as the server sent it.
  virtual void event(Event const& event, std::string_view json) = 0;

  // Something about the stream itself: it broke, it is back, events are missing.
  virtual void notice(std::string_view text) = 0;

  // What was shown no longer holds: the log begins anew.
  virtual void restart() = 0;

  // Nothing more waits to be read now: show what was held back.
  virtual void idle() = 0;

  // Called ten times a second, for what moves by itself.
  virtual void tick(Timestamp now) = 0;

  // The last call.
  virtual void finish() = 0;
};

}  // namespace runcast::cli
