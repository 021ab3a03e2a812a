#include "memory_log.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/event.hpp"

using namespace runcast;

std::shared_ptr<Segment const> MemoryLog::append(std::string const& text, bool last) {
  events_.push_back({fmt::format(R"({{"seq":{},"text":"{}"}})", events_.size() + 1, text), last});
  return segment(events_.size(), events_.size() + 1);
}

Awaitable<Result<HistoryPage>> MemoryLog::read(Ulid, std::uint64_t after, std::size_t max_events,
                                               std::size_t max_bytes) {
  std::uint64_t const last = events_.size();
  std::uint64_t end = std::min(after, last) + 1;
  std::size_t bytes = 0;
  for (std::size_t taken = 0; end <= last && taken < max_events; ++end, ++taken) {
    bytes += events_[end - 1].json.size();
    if (taken > 0 && bytes > max_bytes) break;
  }
  co_return HistoryPage{segment(after + 1, end), end > last};
}

// Events [first, end) as WebSocket frames.
std::shared_ptr<Segment> MemoryLog::segment(std::uint64_t first, std::uint64_t end) const {
  std::size_t bytes = 0;
  for (auto seq = first; seq < end; ++seq) bytes += events_[seq - 1].json.size() + Segment::max_overhead;
  auto made = std::make_shared<Segment>(Form::websocket, bytes);
  for (auto seq = first; seq < end; ++seq) {
    Event const& event = events_[seq - 1];
    FrameInfo info{.position = seq};
    // The hub ends a stream behind an event of this type.
    info.type = static_cast<std::uint8_t>(event.last ? EventType::run_complete : EventType::other);
    made->append(event.json, info);
  }
  return made;
}
