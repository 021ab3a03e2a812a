#include "feed/past.hpp"

#include <algorithm>

#include "feed/render.hpp"
#include "feed/state_json.hpp"
#include "feed/system_feed.hpp"
#include "store/connection.hpp"
#include "store/read_value.hpp"

namespace runcast {
namespace {

// Times are given out before ids are, so near neighbours may be the wrong way round.
constexpr Millis disorder{10'000};

bool changes_stats(EventPayload const& payload) {
  if (auto const* retry = std::get_if<events::StepRetry>(&payload)) return retry->job.has_value();
  if (auto const* end = std::get_if<events::StepComplete>(&payload)) return end->job.has_value();
  return std::holds_alternative<events::JobSubmitted>(payload) ||
         std::holds_alternative<events::JobAssigned>(payload) || std::holds_alternative<events::JobStarted>(payload) ||
         std::holds_alternative<events::WorkerConnected>(payload) ||
         std::holds_alternative<events::WorkerDisconnected>(payload) ||
         std::holds_alternative<events::WorkerStatusChanged>(payload);
}

// `stats`, where the events change them, come last: they are those of now.
void add_monitors(Past& past, std::vector<Event> const& events, std::optional<SystemStats> const& stats) {
  std::vector<FeedText> texts;
  std::vector<std::pair<Facets, FeedItem>> found;
  for (auto const& event : events) {
    std::uint32_t part = 0;
    for (auto& message : monitor_messages(event)) {
      found.emplace_back(std::move(message.facets), FeedItem{event.id, part++, true, nullptr, texts.size()});
      texts.push_back({event.id, std::move(message.json)});
    }
  }
  if (stats && std::ranges::any_of(events, changes_stats, &Event::payload)) {
    auto const& last = events.back();
    auto const part = !found.empty() && found.back().second.id == last.id ? found.back().second.part + 1 : 0;
    Facets facets{.topic = Topic::system_stats, .time = last.time};
    found.emplace_back(std::move(facets), FeedItem{last.id, part, true, nullptr, texts.size()});
    texts.push_back({last.id, system_stats(*stats, last.id, last.time)});
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

// The last id below `end` whose event is older than `least`.
Result<std::uint64_t> last_before(Connection& connection, Timestamp least, std::uint64_t end) {
  std::uint64_t low = 1;
  while (low < end) {
    auto const middle = low + (end - low) / 2;
    auto const at = time_at(connection, middle);
    if (!at) return at.error();
    if (*at && **at < least) {
      low = middle + 1;
    } else {
      end = middle;
    }
  }
  return low - 1;
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
  if (audience == Audience::monitors) {
    add_monitors(past, events, past.at_end ? std::optional(feed.stats()) : std::nullopt);
  } else {
    add_clients(past, events);
  }
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
  // Ids past the newest are late enough.
  auto const end = feed.store().last_id() + 1;
  co_return co_await read_value<std::uint64_t>(feed.store(), [end, least = time - disorder](Connection& connection) {
    return last_before(connection, least, end);
  });
}

}  // namespace runcast
