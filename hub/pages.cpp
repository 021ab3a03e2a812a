#include "hub/pages.hpp"

#include "hub/window.hpp"
#include "model/event.hpp"

namespace runcast {

Pages::Pages(History& history, std::string epoch, TaskGroup& tasks, Limits limits)
    : history_(history), epoch_(std::move(epoch)), tasks_(tasks), limits_(limits) {}

Pages::Page Pages::find(Ulid log, Form form, std::uint64_t after) {
  // Pages begin at multiples of page_events; where large events cut one short, the next begins at its end.
  std::uint64_t start = after - after % limits_.page_events;
  while (auto page = touch({log, form, start})) {
    if (page->last_position() > after) return page;
    start = page->last_position();
  }
  return nullptr;
}

Pages::Key Pages::missing_key(Ulid log, Form form, std::uint64_t after) {
  std::uint64_t start = after - after % limits_.page_events;
  while (auto page = touch({log, form, start})) start = page->last_position();
  return {log, form, start};
}

Pages::Page Pages::touch(Key const& key) {
  auto const found = kept_.find(key);
  if (found == kept_.end()) return nullptr;
  by_age_.splice(by_age_.end(), by_age_, found->second.age);
  return found->second.page;
}

void Pages::fetch(Ulid log, Form form, std::uint64_t after, Ready ready) {
  Key const key = missing_key(log, form, after);
  auto& waiters = waiting_[key];
  waiters.push_back(std::move(ready));
  if (waiters.size() == 1) queue_.push_back(key);
  start_reads();
}

void Pages::start_reads() {
  for (; reading_ < limits_.reads_at_once && !queue_.empty(); ++reading_) {
    tasks_.spawn(read(queue_.front()));
    queue_.pop_front();
  }
}

Awaitable<> Pages::read(Key key) {
  auto const [log, form, start] = key;
  auto page = co_await history_.read(log, start, limits_.page_events, limits_.page_bytes);
  ++reads_;
  --reading_;
  if (page && !page->events->empty()) {
    page->events = reframe(page->events, form, epoch_);
    // A page that more events could join is not kept.
    if (!page->at_end || is_last_of_log(page->events->frames().back())) keep(key, page->events);
  }
  auto const waiters = std::move(waiting_[key]);
  waiting_.erase(key);
  start_reads();
  for (auto const& ready : waiters) ready(page);
}

void Pages::keep(Key const& key, Page page) {
  bytes_ += page->capacity();
  by_age_.push_back(key);
  kept_.emplace(key, Kept{std::move(page), std::prev(by_age_.end())});
  while (bytes_ > limits_.cache_bytes && kept_.size() > 1) {
    auto const oldest = kept_.find(by_age_.front());
    bytes_ -= oldest->second.page->capacity();
    kept_.erase(oldest);
    by_age_.pop_front();
  }
}

}  // namespace runcast
