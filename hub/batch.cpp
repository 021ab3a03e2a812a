#include "hub/batch.hpp"

#include <algorithm>

namespace runcast {
namespace {

constexpr std::size_t max_looked_at = 8192;  // frames that a filter may pass over before others have their turn

}  // namespace

void Batch::take(Window::Place const& place, Filter const* filter) {
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
    if (!has_room(frame) || (!open && slices_.size() == max_slices)) {
      full_ = true;
      return;
    }
    if (!open) slices_.push_back({place.segment, i, i});
    open = true;
    slices_.back().last = i + 1;
    considered_ = frame.position;
    bytes_ += frame.end - frame.begin;
    full_ = ++events_ >= max_events_;
    if (is_last_of_log(frame)) full_ = ends_ = true;
  }
}

bool Batch::has_room(FrameInfo const& frame) const {
  return events_ == 0 || bytes_ + (frame.end - frame.begin) <= max_bytes_;  // one that is larger goes alone
}

std::size_t Batch::buffers(asio::const_buffer* out) const {
  for (auto const& slice : slices_) {
    *out++ = asio::buffer(slice.segment->bytes().data() + slice.begin(), slice.end() - slice.begin());
  }
  return slices_.size();
}

std::optional<Batch::Cut> Batch::cut(std::size_t taken) const {
  if (taken == 0) return std::nullopt;
  auto slice = slices_.begin();
  for (; taken > slice->end() - slice->begin(); ++slice) taken -= slice->end() - slice->begin();
  std::size_t const stop = slice->begin() + taken;
  auto const frames = slice->frames();
  auto const frame = std::ranges::partition_point(frames, [&](FrameInfo const& f) { return f.end < stop; });
  return Cut{frame->position, slice->segment, slice->segment->bytes().substr(stop, frame->end - stop),
             is_last_of_log(*frame)};
}

std::size_t Batch::events() const {
  std::size_t count = 0;
  for (auto const& slice : slices_) count += slice.last - slice.first;
  return count;
}

std::size_t Batch::events_up_to(std::uint64_t position) const {
  std::size_t count = 0;
  for (auto const& slice : slices_) {
    count += static_cast<std::size_t>(
        std::ranges::count_if(slice.frames(), [=](FrameInfo const& frame) { return frame.position <= position; }));
  }
  return count;
}

}  // namespace runcast
