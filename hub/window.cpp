#include "hub/window.hpp"

#include <algorithm>

#include "hub/websocket/deflate.hpp"

namespace runcast {
namespace {

constexpr std::size_t first_capacity = 4 * 1024;
constexpr std::size_t full_capacity = 64 * 1024;   // or a quarter of a small window
constexpr std::size_t worth_adopting = 16 * 1024;  // below that, copying into the tail gives longer slices

// Adds a frame of another segment, in `to`'s form.
void copy_frame(Segment& to, Segment const& from, FrameInfo frame, std::string_view epoch) {
  if (to.form() == Form::deflate) {
    return to.append_frame(thread_deflater().frame(from.json(frame)), frame, from.step(frame));
  }
  frame.step_begin -= frame.json_begin;  // as append() takes it: from where the JSON text begins
  to.append(from.json(frame), frame, epoch);
}

}  // namespace

Window::Reach Window::reach(std::uint64_t after) const {
  if (empty()) return after >= begins_after_ ? Reach::end : Reach::history;
  if (after >= segments_.back()->last_position()) return Reach::end;
  return after + 1 >= segments_.front()->first_position() ? Reach::held : Reach::history;
}

Window::Place Window::find(std::uint64_t after) const {
  // Most who ask are at the end.
  auto segment = segments_.end() - 1;
  if ((*segment)->first_position() > after + 1) {
    segment = std::partition_point(segments_.begin(), segments_.end(),
                                   [&](auto const& s) { return s->last_position() <= after; });
  }
  auto const frames = (*segment)->frames();
  auto const frame =
      std::partition_point(frames.begin(), frames.end(), [&](FrameInfo const& f) { return f.position <= after; });
  return {*segment, static_cast<std::size_t>(frame - frames.begin())};
}

void Window::append(std::shared_ptr<Segment const> const& committed) {
  if (!empty() && committed->first_position() > segments_.back()->last_position() + 1) clear();
  if (adoptable(*committed)) {
    tail_.reset();
    segments_.push_back(committed);
    bytes_ += committed->capacity();
  } else {
    for (auto const& frame : committed->frames()) {
      if (!empty() && frame.position <= segments_.back()->last_position()) continue;
      copy_frame(room_for(frame.json_size), *committed, frame, epoch_);
    }
  }
  trim(max_bytes_);
}

bool Window::adoptable(Segment const& committed) const {
  return form_ == Form::websocket && committed.bytes().size() >= worth_adopting &&
         (empty() || committed.first_position() > segments_.back()->last_position());
}

Segment& Window::room_for(std::size_t json_size) {
  if (!tail_ || !tail_->fits(json_size)) {
    std::size_t const most = std::max(first_capacity, std::min(full_capacity, max_bytes_ / 4));
    std::size_t const grown = tail_ ? std::min(tail_->capacity() * 4, most) : first_capacity;
    tail_ = std::make_shared<Segment>(form_, std::max(grown, json_size + Segment::max_overhead));
    segments_.push_back(tail_);
    bytes_ += tail_->capacity();
  }
  return *tail_;
}

void Window::extend_back(std::shared_ptr<Segment const> page) {
  if (page->empty()) return;
  if (!empty()) {
    std::uint64_t const first = segments_.front()->first_position();
    bool const reaches = page->first_position() < first && page->last_position() + 1 >= first;
    if (!reaches || bytes_ + page->capacity() > max_bytes_) return;
  }
  while (!empty() && segments_.front()->last_position() <= page->last_position()) drop_oldest();
  bytes_ += page->capacity();
  segments_.push_front(std::move(page));
}

void Window::trim(std::size_t max_bytes) {
  while (bytes_ > max_bytes && segments_.size() > 1) drop_oldest();
}

void Window::drop_oldest() {
  bytes_ -= segments_.front()->capacity();
  if (segments_.front() == tail_) tail_.reset();
  segments_.pop_front();
}

void Window::clear() {
  segments_.clear();
  tail_.reset();
  bytes_ = 0;
}

std::shared_ptr<Segment const> reframe(std::shared_ptr<Segment const> const& segment, Form form,
                                       std::string_view epoch) {
  if (segment->form() == form) return segment;
  std::size_t const overhead = segment->frames().size() * Segment::max_overhead;
  auto framed = std::make_shared<Segment>(form, segment->bytes().size() + overhead);
  for (auto const& frame : segment->frames()) copy_frame(*framed, *segment, frame, epoch);
  return framed;
}

}  // namespace runcast
