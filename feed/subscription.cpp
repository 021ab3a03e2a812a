#include "feed/subscription.hpp"

#include <charconv>

#include <fmt/format.h>

#include "feed/past.hpp"
#include "feed/system_feed.hpp"

namespace runcast {
namespace {

constexpr std::size_t batches_at_once = 64;
constexpr std::size_t delivery_bytes = 256 * 1024;  // about; a batch is not cut
constexpr std::size_t events_a_page = 500;
constexpr std::size_t most_pages = 20;  // of the store; whoever is further behind is better served by a snapshot

Error feed_closed() { return fail(Errc::closed, "the server is going down"); }

template <class Number>
bool to_number(std::string_view text, Number& value) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Result<FeedPosition> FeedPosition::parse(std::string_view text) {
  FeedPosition position;
  auto const dot = text.find('.');
  if (!to_number(text.substr(0, dot), position.id) || position.id > INT64_MAX) {
    return fail(Errc::invalid, "an event's id is a whole number");
  }
  if (dot == std::string_view::npos) return position;
  if (!to_number(text.substr(dot + 1), position.parts) || position.id == 0) {
    return fail(Errc::invalid, "an event's id is a whole number");
  }
  position.next = position.id--;
  ++position.parts;
  return position;
}

std::string to_string(FeedItem const& item) {
  return item.ends_event ? fmt::format("{}", item.id) : fmt::format("{}.{}", item.id, item.part);
}

// --- monitors ---

MonitorSubscription::MonitorSubscription(SystemFeed& feed, MonitorFilter filter)
    : feed_(feed), membership_(feed.board(), Audience::monitors), filter_(std::move(filter)) {
  position_.id = feed.board().upto();
}

void MonitorSubscription::move_to(FeedPosition position) {
  position_ = position;
  pages_read_ = 0;
}

bool MonitorSubscription::wants(Facets const& facets, std::uint64_t id, std::uint32_t part) const {
  if (id <= position_.id || (id == position_.next && part < position_.parts)) return false;
  return filter_.passes(facets);
}

Awaitable<Result<MonitorSubscription::Delivery>> MonitorSubscription::poll() {
  Delivery delivery{position_.id, position_.id, {}, false};
  if (auto const batches = feed_.board().after(Audience::monitors, position_.id, batches_at_once)) {
    pages_read_ = 0;
    collect(*batches, delivery);
  } else {
    ++pages_read_;
    auto const read = co_await read_on(delivery);
    if (!read) co_return read.error();
  }
  co_return delivery;
}

Awaitable<Result<MonitorSubscription::Delivery>> MonitorSubscription::next() {
  while (!feed_.board().closed()) {
    auto delivery = co_await poll();
    if (!delivery || !delivery->items.empty()) co_return delivery;
    if (pages_read_ > most_pages) co_return Delivery{position_.id, position_.id, {}, true};
    if (delivery->from != position_.id) continue;  // it was moved meanwhile
    bool const at_end = delivery->upto == position_.id;
    position_.id = delivery->upto;
    if (at_end) co_await feed_.board().wait(Audience::monitors, position_.id);
  }
  co_return feed_closed();
}

void MonitorSubscription::collect(Board::Batches const& batches, Delivery& delivery) const {
  std::size_t bytes = 0;
  for (auto const& batch : batches) {
    auto const frames = batch->monitors.messages->frames();
    std::uint32_t part = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      part = i > 0 && frames[i - 1].position == frames[i].position ? part + 1 : 0;
      if (!wants(batch->monitors.marks[i], frames[i].position, part)) continue;
      delivery.items.push_back({frames[i].position, part, true, batch->monitors.messages, i});
      bytes += frames[i].end - frames[i].begin;
    }
    delivery.upto = batch->upto;
    if (bytes >= delivery_bytes) break;
  }
  mark_event_ends(delivery.items);
}

Awaitable<Result<void>> MonitorSubscription::read_on(Delivery& delivery) {
  auto past = co_await read_past(feed_, Audience::monitors, delivery.from, events_a_page);
  if (!past) co_return past.error();
  for (auto& [facets, item] : past->monitors) {
    if (wants(facets, item.id, item.part)) delivery.items.push_back(std::move(item));
  }
  mark_event_ends(delivery.items);
  delivery.upto = past->upto;
  co_return Result<void>{};
}

std::uint64_t MonitorSubscription::count(std::uint64_t after, std::uint64_t upto) const {
  auto const batches = feed_.board().after(Audience::monitors, after, SIZE_MAX);
  if (!batches) return upto - std::min(after, upto);
  std::uint64_t events = 0;
  std::uint64_t last = after;
  for (auto const& batch : *batches) {
    for (std::size_t i = 0; i < batch->monitors.size(); ++i) {
      auto const id = batch->monitors.messages->frames()[i].position;
      if (id <= last || id > upto || !filter_.passes(batch->monitors.marks[i])) continue;
      ++events;
      last = id;
    }
  }
  return events;
}

// --- clients ---

ClientSubscription::ClientSubscription(SystemFeed& feed) : feed_(feed), place_(feed.board()) {}

Awaitable<Result<std::vector<FeedItem>>> ClientSubscription::next() {
  while (!feed_.board().closed()) {
    auto taken = place_.take();
    if (taken.read_after) {
      auto const past = co_await read_past(feed_, Audience::clients, *taken.read_after, events_a_page);
      if (!past) co_return past.error();
      taken.items = place_.resume(past->clients, *taken.read_after, past->upto);
      if (taken.items.empty()) continue;
    }
    if (!taken.items.empty()) co_return std::move(taken.items);
    co_await place_.wait();
  }
  co_return feed_closed();
}

// --- the job stream ---

JobSubscription::JobSubscription(SystemFeed& feed)
    : feed_(feed), membership_(feed.board(), Audience::job_stream), position_(feed.board().upto()) {}

Awaitable<Result<JobSubscription::Delivery>> JobSubscription::next() {
  while (!feed_.board().closed()) {
    auto const batches = feed_.board().after(Audience::job_stream, position_, batches_at_once);
    if (!batches) co_return Delivery{{}, true};
    Delivery delivery;
    std::size_t bytes = 0;
    for (auto const& batch : *batches) {
      auto const& messages = batch->job_stream.messages;
      for (std::size_t i = 0; i < batch->job_stream.size(); ++i) {
        delivery.items.push_back({messages->frames()[i].position, 0, true, messages, i});
      }
      position_ = batch->upto;
      bytes += messages->bytes().size();
      if (bytes >= delivery_bytes) break;
    }
    mark_event_ends(delivery.items);
    if (!delivery.items.empty()) co_return delivery;
    co_await feed_.board().wait(Audience::job_stream, position_);
  }
  co_return feed_closed();
}

}  // namespace runcast
