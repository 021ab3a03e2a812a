#include "handler/sockets/job_stream.hpp"

#include <fmt/format.h>

#include "feed/state_json.hpp"
#include "handler/job_json.hpp"
#include "hub/websocket/frame.hpp"
#include "model/json_parse.hpp"
#include "queue/queue.hpp"

namespace runcast {
namespace {

constexpr std::size_t events_a_page = 500;

// A job that has ended, from its row and its log, as folding its events would give it (its error apart).
JobView view_of(JobRow row, JobReport report) {
  JobView job;
  job.id = std::move(row.id);
  job.run = row.key.run;
  job.step = std::move(row.key.step);
  job.name = std::move(row.name);
  job.type = std::move(row.type);
  job.priority = row.priority;
  job.requirements = parse_own_json(row.requirements).as_object();
  job.status = row.status;
  job.attempt = row.attempt;
  job.progress = report.progress;
  job.action = std::move(report.action);
  job.worker = std::move(row.worker);
  job.created = row.submitted;
  job.assigned = row.assigned;
  job.started = row.started;
  job.ended = row.ended;
  job.updated = row.ended.value_or(row.submitted);
  job.result = std::move(report.result);
  job.logs.assign(report.logs.begin(), report.logs.end());
  return job;
}

// The position of a beginning that was not told to its end: whoever comes back with it gets all of it again, and what
// has ended from event `id` on.
std::string unfinished(std::uint64_t id) { return fmt::format("{}.0", id); }

}  // namespace

JobStream::JobStream(ClientServices const& services, MessageSocket& socket)
    : feed_(services.feed),
      queue_(services.executor.queue()),
      socket_(socket),
      member_(services.conversations, Role::jobs, socket),
      subscription_(services.feed) {}

Awaitable<> JobStream::stream(std::optional<FeedPosition> after) {
  // A position that is still to come is of a time that a restored backup has taken back.
  if (after && after->id > feed_.board().upto()) after.reset();
  bool const resumes = after && after->parts == 0;
  if (after) ends_told_ = after->id;
  if (resumes) {
    member_.note_resumed();
    subscription_.move_to(after->id);
  }
  socket_.spawn([](JobStream& self, bool anew) -> Awaitable<> {
    if (anew && !co_await self.begin_anew()) co_return;
    co_await self.tell();
  }(*this, !resumes));
  co_await socket_.run("", {});
}

// Only whole events have an id: who is cut off within one hears all of it again.
Awaitable<> JobStream::tell() {
  while (co_await socket_.room()) {
    auto const delivery = co_await subscription_.next();
    if (!delivery) co_return socket_.finish(close_code::going_away, delivery.error().message);
    if (delivery->lost) {
      member_.note_anew();
      if (!co_await begin_anew()) co_return;
      continue;
    }
    for (auto const& item : delivery->items) socket_.send(item.json(), item.ends_event ? to_string(item) : "");
    ends_told_ = subscription_.position();
  }
}

// What has ended since the reader was last told goes first: the newest ends alone might leave some out. False: the
// connection is ending.
Awaitable<bool> JobStream::begin_anew() {
  if (ends_told_ && !co_await tell_ends(feed_.board().upto())) co_return false;
  auto const now = co_await feed_.jobs_now();
  if (ends_told_ && !co_await tell_ends(now.event_id)) co_return false;
  auto const whole = fmt::format("{}", now.event_id);
  for (std::size_t i = 0; i < now.updates.size(); ++i) {
    if (!co_await socket_.room()) co_return false;
    socket_.send(now.updates[i], i + 1 == now.updates.size() ? whole : unfinished(now.event_id));
  }
  if (now.updates.empty()) socket_.keep_position(whole);
  subscription_.move_to(now.event_id);
  ends_told_ = now.event_id;
  co_return true;
}

Awaitable<bool> JobStream::tell_ends(std::uint64_t upto) {
  while (*ends_told_ < upto) {
    auto const past = co_await read_ends(feed_, *ends_told_, events_a_page);
    if (!past) co_return fail(past.error());
    for (auto const& end : past->ends) {
      if (end.id > upto) break;
      if (!co_await socket_.room()) co_return false;
      auto const update = co_await update_of(end);
      if (!update) co_return fail(update.error());
      socket_.send(*update, unfinished(end.id));
    }
    ends_told_ = past->at_end ? upto : past->upto;
  }
  co_return true;
}

bool JobStream::fail(Error const& error) {
  socket_.finish(close_code::internal_error, error.message);
  return false;
}

Awaitable<Result<std::string>> JobStream::update_of(PastEnds::End const& end) {
  auto row = co_await queue_.job(end.job);
  if (!row) co_return row.error();
  auto report = co_await queue_.report(*row, job_log_lines);
  if (!report) co_return report.error();
  auto job = view_of(std::move(*row), std::move(*report));
  job.error = end.error;
  co_return job_update(job);
}

}  // namespace runcast
