#pragma once

#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "model/segment.hpp"

namespace runcast {

// The newest events of one log in one form, held in memory as ready frames: what live followers are served from. Bound
// in bytes; the oldest segment goes first. One thread.
class Window {
 public:
  Window(Form form, std::string epoch, std::size_t max_bytes)
      : form_(form), epoch_(std::move(epoch)), max_bytes_(max_bytes) {}

  // A place in the window: the first frame after some position.
  struct Place {
    std::shared_ptr<Segment const> segment;
    std::size_t frame = 0;
  };

  enum class Reach : std::uint8_t {
    held,     // the next event is here
    end,      // there is none after that position yet
    history,  // the next event is older than the window, or the window is empty and does not know
  };

  Reach reach(std::uint64_t after) const;
  Place find(std::uint64_t after) const;  // only where reach() says held

  // Takes what was just committed (WebSocket frames). What the window has already is passed over; after a hole it
  // begins anew.
  void append(std::shared_ptr<Segment const> const& committed);

  // Takes what was read from history, in this window's form, if it reaches to where the window begins; so that
  // followers who attach together read it once.
  void extend_back(std::shared_ptr<Segment const> page);

  // Tells an empty window that the log had nothing after `position` when history was asked; since the window is there,
  // it would have what came later.
  void begin_after(std::uint64_t position) { begins_after_ = position; }

  // Keeps no more than that, the newest segment apart.
  void trim(std::size_t max_bytes);

  bool empty() const { return segments_.empty(); }
  std::size_t bytes() const { return bytes_; }

 private:
  bool adoptable(Segment const& committed) const;
  Segment& room_for(std::size_t json_size);
  void drop_oldest();
  void clear();

  Form form_;
  std::string epoch_;  // for the ids of server-sent events
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t begins_after_ = std::numeric_limits<std::uint64_t>::max();  // while empty: where the log ends, if known
  std::deque<std::shared_ptr<Segment const>> segments_;
  std::shared_ptr<Segment> tail_;  // segments_.back(), while it may still grow
};

// The same events in another form.
std::shared_ptr<Segment const> reframe(std::shared_ptr<Segment const> const& segment, Form form,
                                       std::string_view epoch);

}  // namespace runcast
