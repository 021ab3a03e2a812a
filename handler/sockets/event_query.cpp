#include "handler/sockets/event_query.hpp"

#include <charconv>

#include <fmt/format.h>
#include <boost/algorithm/string/split.hpp>

#include "handler/params.hpp"
#include "handler/problem.hpp"
#include "handler/sockets/client_message.hpp"
#include "handler/sockets/monitor_message.hpp"

namespace runcast {
namespace {

constexpr std::size_t most_steps = 20;  // of reading, for one answer

std::vector<std::string> list_param(Request const& request, std::string_view name) {
  std::vector<std::string> values;
  auto const text = request.param(name);
  if (!text || text->empty()) return values;
  boost::algorithm::split(values, *text, [](char c) { return c == ','; });
  std::erase(values, "");
  return values;
}

// Of the parameters that are not empty.
std::optional<std::string> first_given(Request const& request, std::initializer_list<std::string_view> names) {
  for (auto const name : names) {
    if (auto text = request.param(name); text && !text->empty()) return text;
  }
  return std::nullopt;
}

std::optional<std::pair<double, double>> range_of(std::string_view text) {
  std::pair<double, double> range;
  auto const* const begin = text.data();
  auto const* const end = begin + text.size();
  auto const [comma, first_error] = std::from_chars(begin, end, range.first);
  if (first_error != std::errc{} || comma == end || *comma != ',') return std::nullopt;
  auto const [stop, second_error] = std::from_chars(comma + 1, end, range.second);
  bool const is_range = range.first <= range.second;  // which no NaN is part of
  if (second_error != std::errc{} || stop != end || !is_range) return std::nullopt;
  return range;
}

}  // namespace

Checked<MonitorFilter> monitor_filter_of(Request const& request) {
  MonitorFilter filter{Topics::all()};
  if (auto const topics = request.param("topics"); topics && !topics->empty()) {
    auto const chosen = parse_topics(*topics);
    if (!chosen) return chosen.error();
    filter.topics = *chosen;
  }
  filter.job_types = list_param(request, "job_types");
  filter.worker_ids = list_param(request, "worker_ids");
  if (auto const range = request.param("priority_range")) {
    filter.priority_range = range_of(*range);
    if (!filter.priority_range) {
      return Faults{{"/priority_range", "expected two numbers, the lowest and the highest priority, as in 1,10"}};
    }
  }
  return filter;
}

Result<std::optional<FeedPosition>> position_of(Request const& request) {
  auto text = request.header("Last-Event-ID");
  if (text.empty()) text = request.param("after").value_or("");
  if (text.empty()) return std::optional<FeedPosition>{};
  auto const position = FeedPosition::parse(text);
  if (!position) return position.error();
  return std::optional(*position);
}

Result<std::vector<std::string>> jobs_of(Request const& request) {
  auto jobs = list_param(request, "jobs");
  if (jobs.empty()) return fail(Errc::invalid, "the parameter 'jobs' names one job or more, with commas between them");
  if (jobs.size() > most_followed_jobs) return fail(Errc::too_large, "the parameter 'jobs' names too many jobs");
  return jobs;
}

Awaitable<Reply> EventQuery::operator()(Request& request) const {
  auto const filter = monitor_filter_of(request);
  if (!filter) co_return problem(400, "the parameters are not understood", filter.error());
  auto const limit = limit_param(request);
  if (!limit) co_return problem(limit.error());
  auto after = FeedPosition::parse(first_given(request, {"cursor", "after"}).value_or("0"));
  if (!after) co_return problem(after.error());

  MonitorSubscription subscription(feed_, *filter);
  co_await feed_.reach_now();
  auto const upto = feed_.board().upto();
  // Of a time that a restored backup has taken back: an id before the one that was sent tells of it.
  if (after->id > upto) after = FeedPosition{upto};
  subscription.move_to(*after);
  std::vector<FeedItem> items;
  bool at_end = false;
  for (std::size_t steps = 0; !at_end && items.size() < *limit && steps < most_steps; ++steps) {
    auto const delivery = co_await subscription.poll();
    if (!delivery) co_return problem(delivery.error());
    items.insert(items.end(), delivery->items.begin(), delivery->items.end());
    subscription.take(*delivery);
    at_end = delivery->upto == delivery->from;
  }
  std::uint64_t last = std::max(subscription.position(), at_end ? upto : 0);
  if (items.size() > *limit) {
    std::size_t size = *limit;
    while (size < items.size() && !items[size - 1].ends_event) ++size;
    items.resize(size);
    last = items.back().id;
    at_end = false;
  }
  std::string body = R"({"items":[)";
  for (auto const& item : items) {
    if (!body.ends_with('[')) body += ',';
    body += item.json();
  }
  bool const more = !at_end && last < feed_.board().upto();
  body += fmt::format(R"(],"nextCursor":{},"lastEventId":{},"hasMore":{}}})",
                      more ? fmt::format("\"{}\"", last) : "null", last, more);
  co_return Answer{200, "application/json", std::move(body)};
}

}  // namespace runcast
