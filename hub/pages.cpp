#include "hub/pages.hpp"

#include "hub/window.hpp"
#include "model/event.hpp"

namespace runcast {

Pages::Pages(History& history, std::string epoch, TaskGroup& tasks, Limits limits)
    : history_(history), epoch_(std::move(epoch)), tasks_(tasks), limits_(limits) {}

Pages::Page Pages::find(Ulid log, Form form, std::uint64_t after) {
  auto const found = nearest(log, form, after);
  if (found == kept_.end() || found->second.page->last_position() <= after) return nullptr;
  by_age_.splice(by_age_.end(), by_age_, found->second.age);
  return found->second.page;
}

// The kept page of this log that begins last of those that begin at `after` or before.
Pages::KeptPages::iterator Pages::nearest(Ulid log, Form form, std::uint64_t after) {
  auto const next = kept_.upper_bound({log, form, after});
  if (next == kept_.begin()) return kept_.end();
  auto const found = std::prev(next);
  auto const& [found_log, found_form, start] = found->first;
  return found_log == log && found_form == form ? found : kept_.end();
}

// Pages begin at multiples of page_events. Where large events cut one short, the next begins where it is asked for: a
// chain of short pages from the multiple on need not be kept, or even fit, all at once.
Pages::Key Pages::missing_key(Ulid log, Form form, std::uint64_t after) {
  std::uint64_t const multiple = after - after % limits_.page_events;
  auto const found = nearest(log, form, after);
  bool const cut_short = found != kept_.end() && std::get<2>(found->first) >= multiple;
  return {log, form, cut_short ? after : multiple};
}

void Pages::fetch(Ulid log, Form form, std::uint64_t after, Ready ready) {
  Key const key = missing_key(log, form, after);
  auto& read = under_way_[key];
  if (!read) {
    read = std::make_shared<Read>(Read{key, {}});
    queue_.push_back(read);
  }
  read->waiters.push_back(std::move(ready));
  start_reads();
}

void Pages::forget(Ulid log) {
  std::erase_if(under_way_, [&](auto const& entry) { return std::get<0>(entry.first) == log; });
  std::erase_if(queue_, [&](auto const& read) { return std::get<0>(read->key) == log; });
}

void Pages::start_reads() {
  for (; reading_ < limits_.reads_at_once && !queue_.empty(); ++reading_) {
    tasks_.spawn(read(std::move(queue_.front())));
    queue_.pop_front();
  }
}

Awaitable<> Pages::read(std::shared_ptr<Read> read) {
  Result<HistoryPage> page = fail(Errc::io, "history cannot be read");
  std::exception_ptr failure;  // a bug; those who wait are not left waiting
  try {
    page = co_await load(read->key);
  } catch (...) {
    failure = std::current_exception();
  }
  reads_.add();
  --reading_;
  auto const found = under_way_.find(read->key);
  if (found != under_way_.end() && found->second == read) under_way_.erase(found);
  start_reads();
  for (auto const& ready : read->waiters) ready(page);
  if (failure) std::rethrow_exception(failure);
}

Awaitable<Result<HistoryPage>> Pages::load(Key key) {
  auto const [log, form, start] = key;
  auto page = co_await history_.read(log, start, limits_.page_events, limits_.page_bytes);
  if (page && !page->events->empty()) {
    page->events = reframe(page->events, form, epoch_);
    // A page that more events could join is not kept.
    if (!page->at_end || is_last_of_log(page->events->frames().back())) keep(key, page->events);
  }
  co_return page;
}

void Pages::keep(Key const& key, Page page) {
  std::size_t const size = page->capacity();
  auto const [place, is_new] = kept_.try_emplace(key, Kept{std::move(page), {}});
  if (!is_new) return;  // it was forgotten while it was read, and read again meanwhile
  place->second.age = by_age_.insert(by_age_.end(), key);
  bytes_ += size;
  while (bytes_ > limits_.cache_bytes && kept_.size() > 1) {
    auto const oldest = kept_.find(by_age_.front());
    bytes_ -= oldest->second.page->capacity();
    kept_.erase(oldest);
    by_age_.pop_front();
  }
}

}  // namespace runcast
