#include "hub/batch.hpp"

#include <algorithm>

namespace runcast {
namespace {

constexpr std::size_t max_looked_at = 8192;  // frames that a filter may pass over before others have their turn

}  // namespace

void Batch::take(Window::Place place, Filter const* filter) {
  auto const frames = place.segment->frames();
  bool open = false;  // whether the last slice ends just before this frame
  for (std::size_t i = place.frame; i < frames.size() && !full_; ++i) {
    FrameInfo const& frame = frames[i];
    if (filter && !filter->passes(*place.segment, frame)) {
      open = false;
      considered_ = frame.position;
      full_ = ++looked_at_ >= max_looked_at;
      continue;
    }
    if (!has_room(frame) || (!open && count_ == max_slices)) {
      full_ = true;
      return;
    }
    if (!open) slices_[count_++] = {place.segment, i, i};
    open = true;
    slices_[count_ - 1].last = i + 1;
    considered_ = frame.position;
    bytes_ += frame.end - frame.begin;
    full_ = ++events_ >= max_events_;
    if (is_last_of_log(frame)) full_ = ends_ = true;
  }
}

bool Batch::has_room(FrameInfo const& frame) const {
  return events_ == 0 || bytes_ + (frame.end - frame.begin) <= max_bytes_;  // one that is larger goes alone
}

std::uint64_t Batch::last_position() const {
  Slice const& slice = slices_[count_ - 1];
  return slice.segment->frames()[slice.last - 1].position;
}

std::size_t Batch::buffers(asio::const_buffer* out) const {
  for (std::size_t i = 0; i < count_; ++i) {
    Slice const& slice = slices_[i];
    out[i] = asio::buffer(slice.segment->bytes().data() + slice.begin(), slice.end() - slice.begin());
  }
  return count_;
}

Batch::Cut Batch::cut(std::size_t taken) const {
  Cut cut;
  for (std::size_t i = 0; i < count_ && taken > 0; ++i) {
    Slice const& slice = slices_[i];
    auto const frames = slice.segment->frames().subspan(slice.first, slice.last - slice.first);
    std::size_t const stop = slice.begin() + std::min(taken, slice.end() - slice.begin());
    auto const frame =
        std::partition_point(frames.begin(), frames.end(), [&](FrameInfo const& f) { return f.end < stop; });
    cut.last_touched = frame->position;
    cut.rest = slice.segment->bytes().substr(stop, frame->end - stop);
    cut.ends = is_last_of_log(*frame);
    taken -= stop - slice.begin();
  }
  return cut;
}

}  // namespace runcast
