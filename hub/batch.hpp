#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/container/static_vector.hpp>

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
  void take(Window::Place const& place, Filter const* filter);

  bool full() const { return full_; }
  bool empty() const { return slices_.empty(); }
  std::uint64_t considered() const { return considered_; }  // the cursor, once all of it is sent
  std::size_t bytes() const { return bytes_; }
  std::size_t events() const;
  std::size_t events_up_to(std::uint64_t position) const;
  std::uint64_t last_position() const { return slices_.back().frames().back().position; }  // not when empty
  bool ends() const { return ends_; }  // the log's last event is in it

  // Frames that follow each other in a segment, and so in its bytes.
  struct Slice {
    std::shared_ptr<Segment const> segment;
    std::size_t first = 0;  // frames [first, last)
    std::size_t last = 0;

    std::span<FrameInfo const> frames() const { return segment->frames().subspan(first, last - first); }
    std::size_t begin() const { return frames().front().begin; }
    std::size_t end() const { return frames().back().end; }
  };
  std::span<Slice const> slices() const { return {slices_.data(), slices_.size()}; }

  // Writes one buffer for each slice; tells how many.
  static constexpr std::size_t max_slices = 60;  // Asio hands the kernel 64 buffers at most
  std::size_t buffers(asio::const_buffer* out) const;

  // Where a write of `taken` bytes stopped: the last frame of which anything was taken, and what is left of it.
  // Nothing where nothing was taken. The segment lives as long as the batch at least.
  struct Cut {
    std::uint64_t position = 0;
    std::shared_ptr<Segment const> segment;
    std::string_view rest;
    bool ends = false;  // it is the log's last event
  };
  std::optional<Cut> cut(std::size_t taken) const;

 private:
  bool has_room(FrameInfo const& frame) const;

  std::size_t max_events_;
  std::size_t max_bytes_;
  std::uint64_t considered_;
  std::size_t looked_at_ = 0;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
  bool full_ = false;
  bool ends_ = false;
  boost::container::static_vector<Slice, max_slices> slices_;
};

}  // namespace runcast
