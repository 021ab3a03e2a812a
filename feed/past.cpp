#include "feed/past.hpp"

#include <algorithm>

#include "feed/render.hpp"
#include "feed/system_feed.hpp"
#include "store/connection.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

// Times are given out before ids are, so near neighbours may be the wrong way round.
constexpr Millis disorder{10'000};

void add_monitors(Past& past, std::vector<Event> const& events) {
  std::vector<FeedText> texts;
  std::vector<std::pair<Facets, FeedItem>> found;
  for (auto const& event : events) {
    std::uint32_t part = 0;
    for (auto& message : monitor_messages(event)) {
      found.emplace_back(std::move(message.facets), FeedItem{event.id, part++, true, nullptr, texts.size()});
      texts.push_back({event.id, std::move(message.json)});
    }
  }
  auto const segment = to_segment(texts);
  for (auto& [facets, item] : found) item.segment = segment;
  past.monitors = std::move(found);
}

void add_clients(Past& past, std::vector<Event> const& events) {
  std::vector<FeedText> texts;
  std::vector<std::pair<std::string, FeedItem>> found;
  for (auto const& event : events) {
    auto message = client_message(event);
    if (!message) continue;
    found.emplace_back(std::move(message->job), FeedItem{event.id, 0, true, nullptr, texts.size()});
    texts.push_back({event.id, std::move(message->json)});
  }
  auto const segment = to_segment(texts);
  for (auto& [job, item] : found) item.segment = segment;
  past.clients = std::move(found);
}

// The time of the first event with an id of at least `id` that is no log line; nothing past the last one.
Result<std::optional<Timestamp>> time_at(Connection& connection, std::uint64_t id) {
  auto rows = connection.query(
      "SELECT time FROM events INDEXED BY events_by_id WHERE level IS NULL AND id >= ? ORDER BY id LIMIT 1", id);
  if (!rows) return rows.error();
  auto const there = (*rows)->step();
  if (!there) return there.error();
  if (!*there) return std::optional<Timestamp>{};
  return std::optional((*rows)->time(0));
}

}  // namespace

Awaitable<Result<Past>> read_past(SystemFeed& feed, Audience audience, std::uint64_t after, std::size_t limit) {
  std::uint64_t const considered = feed.board().upto();
  auto const page = co_await feed.store().read_feed(after, limit);
  if (!page) co_return page.error();
  std::vector<Event> events;
  for (auto const& stored : *page) {
    if (auto event = decode_event(stored.json)) events.push_back(std::move(*event));
  }
  Past past;
  past.at_end = page->size() < limit;
  past.upto = page->empty() ? after : page->back().id;
  if (past.at_end) past.upto = std::max(past.upto, considered);
  audience == Audience::monitors ? add_monitors(past, events) : add_clients(past, events);
  co_return past;
}

Awaitable<Result<PastEnds>> read_ends(SystemFeed& feed, std::uint64_t after, std::size_t limit) {
  auto const page = co_await feed.store().read_feed(after, limit);
  if (!page) co_return page.error();
  PastEnds past{page->empty() ? after : page->back().id, page->size() < limit, {}};
  for (auto const& stored : *page) {
    if (stored.type != EventType::step_complete) continue;
    auto const event = decode_event(stored.json);
    auto const* ended = event ? std::get_if<events::StepComplete>(&event->payload) : nullptr;
    if (!ended || !ended->job) continue;
    bool const good = job_status_after(*ended) == JobStatus::completed;
    past.ends.push_back({stored.id, ended->job->id, good ? std::nullopt : std::optional(job_error(*ended))});
  }
  co_return past;
}

Awaitable<Result<std::uint64_t>> position_before(SystemFeed& feed, Timestamp time) {
  std::uint64_t position = 0;
  auto const least = time - disorder;
  auto const done = co_await feed.store().read([&](Connection& connection) -> Result<void> {
    std::uint64_t low = 1;
    std::uint64_t high = feed.store().last_id() + 1;  // ids from here on are late enough
    while (low < high) {
      auto const middle = low + (high - low) / 2;
      auto const at = time_at(connection, middle);
      if (!at) return at.error();
      if (*at && **at < least) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    position = low - 1;
    return {};
  });
  if (!done) co_return done.error();
  co_return position;
}

}  // namespace runcast
