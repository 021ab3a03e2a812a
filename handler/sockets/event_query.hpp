#pragma once

#include "feed/subscription.hpp"
#include "feed/system_feed.hpp"
#include "handler/router.hpp"
#include "model/fault.hpp"

namespace runcast {

// GET /api/events?after=ID&limit=N&topics=…: the monitors' messages for whoever can only ask again and again. `limit`
// is about messages; those of one event stay together.
class EventQuery {
 public:
  explicit EventQuery(SystemFeed& feed) : feed_(feed) {}

  Awaitable<Reply> operator()(Request& request) const;

 private:
  SystemFeed& feed_;
};

// What the URLs of event streams say; pure.

// `topics`, `job_types`, `worker_ids` (lists with commas) and `priority_range` (two numbers); absent: everything.
Checked<MonitorFilter> monitor_filter_of(Request const& request);

// `Last-Event-ID`, else `after`. A browser's EventSource repeats its URL; the header is newer.
Result<std::optional<FeedPosition>> position_of(Request const& request);

// `jobs`, one at least.
Result<std::vector<std::string>> jobs_of(Request const& request);

}  // namespace runcast
