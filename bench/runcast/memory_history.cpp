#include "bench/runcast/memory_history.hpp"

#include <algorithm>
#include <vector>

namespace runcast::bench {

void MemoryHistory::keep(Ulid log, std::shared_ptr<Segment const> events) {
  Log& kept = logs_[log];
  kept.bytes += events->capacity();
  kept.segments.push_back(std::move(events));
  for (; kept.bytes > max_bytes_ && kept.segments.size() > 1; kept.segments.pop_front()) {
    kept.bytes -= kept.segments.front()->capacity();
  }
}

Awaitable<Result<HistoryPage>> MemoryHistory::read(Ulid log, std::uint64_t after, std::size_t max_events,
                                                   std::size_t max_bytes) {
  auto const& segments = logs_[log].segments;
  if (!segments.empty() && segments.front()->first_position() > after + 1) {
    co_return fail(Errc::not_found, "the bench does not keep events that old");
  }
  auto segment = std::ranges::partition_point(segments, [&](auto const& s) { return s->last_position() <= after; });
  struct Found {
    Segment const* segment;
    FrameInfo const* frame;
  };
  std::vector<Found> found;
  std::size_t bytes = 0;
  bool full = false;
  for (; segment != segments.end() && !full; ++segment) {
    for (FrameInfo const& frame : (*segment)->frames()) {
      if (frame.position <= after) continue;
      full = found.size() == max_events || (!found.empty() && bytes + frame.json_size > max_bytes);
      if (full) break;
      found.push_back({segment->get(), &frame});
      bytes += frame.json_size + Segment::max_overhead;
    }
  }
  auto page = std::make_shared<Segment>(Form::websocket, bytes);
  for (auto [source, frame] : found) {
    FrameInfo info = *frame;
    info.step_begin -= info.json_begin;
    page->append(source->json(*frame), info);
  }
  co_return HistoryPage{std::move(page), !full};
}

}  // namespace runcast::bench
