#include "hub/cursor.hpp"

#include <algorithm>

#include "hub/feed.hpp"

namespace runcast {

void Cursor::enter(Feed& feed, Pages& pages) {
  feed_ = &feed;
  pages_ = &pages;
}

void Cursor::leave() {
  feed_ = nullptr;
  pages_ = nullptr;
  page_.reset();
}

Window& Cursor::window() const { return *feed_->window(form_); }

void Cursor::collect(Batch& batch, Filter const* filter) {
  if (state_ == State::fetching) return;
  state_ = State::reading;
  for (Window::Place place; !batch.full() && find_next(batch.considered(), place);) batch.take(place, filter);
}

bool Cursor::find_next(std::uint64_t after, Window::Place& place) {
  if (page_ && page_->last_position() <= after) page_.reset();
  if (!page_) {
    switch (window().reach(after)) {
      case Window::Reach::held:
        place = window().find(after);
        return true;
      case Window::Reach::end:
        state_ = State::at_end;
        return false;
      case Window::Reach::history:
        if (!find_page(after)) return false;
    }
  }
  auto const frames = page_->frames();
  auto const next = std::ranges::partition_point(frames, [&](FrameInfo const& f) { return f.position <= after; });
  place = {page_, static_cast<std::size_t>(next - frames.begin())};
  return true;
}

bool Cursor::find_page(std::uint64_t after) {
  if (after != position_) return false;  // what was found already goes first
  page_ = pages_->find(log_, form_, after);
  if (!page_) {
    state_ = State::lacking;
    return false;
  }
  pass_over_hole();
  return true;
}

// What history no longer has, before its page's first event.
void Cursor::pass_over_hole() {
  std::uint64_t const first = page_->first_position();
  if (first <= position_ + 1) return;
  gap_ = first;
  position_ = first - 1;
}

void Cursor::fetch(Pages::Ready ready) {
  state_ = State::fetching;
  pages_->fetch(log_, form_, position_, std::move(ready));
}

Result<void> Cursor::take(Result<HistoryPage> const& page) {
  if (state_ != State::fetching || !feed_) return {};
  state_ = State::reading;
  if (!page) return page.error();
  Segment const& events = *page->events;
  bool const has_more = !events.empty() && events.last_position() > position_;
  if (page->at_end || events.empty()) window().begin_after(events.empty() ? position_ : events.last_position());
  if (!has_more) return {};
  page_ = page->events;
  if (page->at_end) window().extend_back(page_);
  pass_over_hole();
  return {};
}

}  // namespace runcast
