#pragma once

#include <memory>
#include <optional>

#include "base/id.hpp"
#include "hub/batch.hpp"
#include "hub/pages.hpp"
#include "hub/window.hpp"

namespace runcast {

struct Feed;

// Where a follower stands in a log, and how it gets on from there: out of the window while that holds the next event,
// out of pages of history otherwise. Attaching late, resuming, having fallen behind and being live are all the same to
// it. On its shard's thread.
class Cursor {
 public:
  Cursor(Ulid log, Form form, std::uint64_t position) : log_(log), position_(position), form_(form) {}

  Ulid log() const { return log_; }
  Form form() const { return form_; }
  std::uint64_t position() const { return position_; }  // all events up to here are done with
  void move_to(std::uint64_t position) { position_ = position; }

  // Before enter(), and after leave(), it is nowhere: only the above may be asked. Both outlive its stay.
  void enter(Feed& feed, Pages& pages);
  void leave();
  Feed* feed() const { return feed_; }

  enum class State : std::uint8_t {
    reading,   // there may be more
    at_end,    // there was nothing more: what is published next concerns it
    lacking,   // a page of history is needed: fetch()
    fetching,  // it is on its way
  };
  State state() const { return state_; }

  // What comes next is older than what the window holds: it is catching up.
  bool in_history() const { return feed_ && window().reach(position_) == Window::Reach::history; }

  // Fills `batch`, which began at position(), with what follows, as far as that is at hand. Nothing while fetching.
  void collect(Batch& batch, Filter const* filter);

  // Asks for the page that collect() lacked; `ready` hands it to take(), later.
  void fetch(Pages::Ready ready);
  Result<void> take(Result<HistoryPage> const& page);

  // Where the log no longer has what should come next, the cursor goes on with the first event that it has; this is
  // that event's position, once.
  std::optional<std::uint64_t> take_gap() { return std::exchange(gap_, std::nullopt); }

  // Holds no memory beyond itself until the next collect().
  void release() { page_.reset(); }

 private:
  bool find_next(std::uint64_t after, Window::Place& place);
  bool find_page(std::uint64_t after);
  void pass_over_hole();
  Window& window() const;

  Ulid log_;
  std::uint64_t position_;
  std::optional<std::uint64_t> gap_;
  Feed* feed_ = nullptr;
  Pages* pages_ = nullptr;
  Pages::Page page_;  // while it is read from
  Form form_;
  State state_ = State::reading;
};

}  // namespace runcast
