#include "tests/hub/memory_history.hpp"

#include <boost/asio/steady_timer.hpp>

namespace runcast::testing {
namespace {

std::shared_ptr<Segment> segment_for(auto const& stored) {
  std::size_t capacity = 0;
  for (auto const& event : stored) capacity += event.json.size() + Segment::max_overhead;
  auto segment = std::make_shared<Segment>(Form::websocket, capacity);
  for (auto const& event : stored) segment->append(event.json, event.info);
  return segment;
}

}  // namespace

std::shared_ptr<Segment const> MemoryHistory::commit(Ulid log, std::vector<EventDraft> const& drafts) {
  std::lock_guard lock(mutex_);
  auto& events = logs_[log].events;
  std::size_t const first = events.size();
  for (auto const& draft : drafts) {
    Stored stored;
    std::uint64_t const seq = events.size() + 1;
    stored.info = append_event_json(stored.json, draft, RunId(log), seq, seq);
    events.push_back(std::move(stored));
  }
  return segment_for(std::span(events).subspan(first));
}

Awaitable<Result<HistoryPage>> MemoryHistory::read(Ulid log, std::uint64_t after, std::size_t max_events,
                                                   std::size_t max_bytes) {
  Result<HistoryPage> result = HistoryPage{};
  std::chrono::microseconds each;
  {
    std::lock_guard lock(mutex_);
    ++reads_;
    each = each_;
    if (fault_.empty()) {
      result = page(log, after, max_events, max_bytes);
    } else {
      result = fail(Errc::io, fault_);
    }
  }
  asio::steady_timer timer(co_await asio::this_coro::executor, each);
  co_await timer.async_wait(asio::use_awaitable);
  co_await wait_while_held();
  co_return result;
}

Awaitable<> MemoryHistory::wait_while_held() {
  auto const is_held = [this] {
    std::lock_guard lock(mutex_);
    return holding_;
  };
  if (!is_held()) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  {
    std::lock_guard lock(mutex_);
    ++held_;
  }
  while (is_held()) {
    timer.expires_after(std::chrono::milliseconds(1));
    co_await timer.async_wait(asio::use_awaitable);
  }
  std::lock_guard lock(mutex_);
  --held_;
}

HistoryPage MemoryHistory::page(Ulid log, std::uint64_t after, std::size_t max_events, std::size_t max_bytes) const {
  auto const found = logs_.find(log);
  if (found == logs_.end()) return {segment_for(std::vector<Stored>{}), true};
  auto const& [events, first_seq] = found->second;
  std::size_t const begin = std::min(events.size(), static_cast<std::size_t>(std::max(after, first_seq - 1)));
  std::size_t bytes = 0;
  std::size_t end = begin;
  for (; end < events.size() && end - begin < max_events && (end == begin || bytes < max_bytes); ++end) {
    bytes += events[end].json.size();
  }
  return {segment_for(std::span(events).subspan(begin, end - begin)), end == events.size()};
}

std::string MemoryHistory::json(Ulid log, std::uint64_t seq) const {
  std::lock_guard lock(mutex_);
  return logs_.at(log).events.at(seq - 1).json;
}

std::uint64_t MemoryHistory::last_seq(Ulid log) const {
  std::lock_guard lock(mutex_);
  auto const found = logs_.find(log);
  return found == logs_.end() ? 0 : found->second.events.size();
}

std::size_t MemoryHistory::reads() const {
  std::lock_guard lock(mutex_);
  return reads_;
}

void MemoryHistory::slow_down(std::chrono::microseconds each) {
  std::lock_guard lock(mutex_);
  each_ = each;
}

void MemoryHistory::hold() {
  std::lock_guard lock(mutex_);
  holding_ = true;
}

void MemoryHistory::release() {
  std::lock_guard lock(mutex_);
  holding_ = false;
}

std::size_t MemoryHistory::held() const {
  std::lock_guard lock(mutex_);
  return held_;
}

void MemoryHistory::fail_with(std::string message) {
  std::lock_guard lock(mutex_);
  fault_ = std::move(message);
}

void MemoryHistory::forget_before(Ulid log, std::uint64_t first_seq) {
  std::lock_guard lock(mutex_);
  logs_[log].first_seq = first_seq;
}

EventDraft run_start() {
  return encode(events::RunStart{.workflow = "w", .inputs = {}, .layers = {{"build"}}, .started_by = "api"},
                Timestamp{});
}

EventDraft line(std::string_view message, std::string_view step, Level level) {
  return encode_log(step, level, message, false, Timestamp{});
}

std::vector<EventDraft> lines(std::size_t count, std::size_t message_bytes) {
  return std::vector<EventDraft>(count, line(std::string(message_bytes, 'x')));
}

EventDraft run_complete() { return encode(events::RunComplete{}, Timestamp{}); }

}  // namespace runcast::testing
