#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>

#include "base/asio.hpp"
#include "hub/filter.hpp"
#include "hub/window.hpp"
#include "model/segment.hpp"

namespace runcast {

// What goes out in one write: ranges of frames, taken from segments in order, within the bounds of a send buffer. It
// holds the segments only while the write is made.
class Batch {
 public:
  Batch(std::size_t max_events, std::size_t max_bytes, std::uint64_t cursor)
      : max_events_(max_events), max_bytes_(max_bytes), considered_(cursor) {}

  // Takes frames from `place` on, to the end of its segment or to a bound, those that `filter` (null: all) lets pass.
  void take(Window::Place place, Filter const* filter);

  bool full() const { return full_; }
  bool empty() const { return count_ == 0; }
  std::uint64_t considered() const { return considered_; }  // the cursor, once all of it is sent
  std::size_t bytes() const { return bytes_; }
  std::uint64_t last_position() const;  // of the last frame in it; not when empty
  bool ends() const { return ends_; }   // the log's last event is in it

  // Appends one buffer for each range; tells how many.
  static constexpr std::size_t max_slices = 16;
  std::size_t buffers(asio::const_buffer* out) const;

  // Where a write of `taken` bytes stopped.
  struct Cut {
    std::optional<std::uint64_t> last_touched;  // position of the last frame of which anything was taken
    std::string rest;                           // what is left of that frame
    bool ends = false;                          // it is the log's last event
  };
  Cut cut(std::size_t taken) const;

 private:
  struct Slice {
    std::shared_ptr<Segment const> segment;
    std::size_t first = 0;  // frames [first, last)
    std::size_t last = 0;

    std::size_t begin() const { return segment->frames()[first].begin; }
    std::size_t end() const { return segment->frames()[last - 1].end; }
  };

  bool has_room(FrameInfo const& frame) const;

  std::size_t max_events_;
  std::size_t max_bytes_;
  std::uint64_t considered_;
  std::size_t looked_at_ = 0;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  bool full_ = false;
  bool ends_ = false;
  std::array<Slice, max_slices> slices_;
};

}  // namespace runcast
