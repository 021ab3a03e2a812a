#include "executor/schedules.hpp"

#include <fmt/format.h>

#include "executor/plan_cache.hpp"
#include "executor/schedule_marks.hpp"
#include "logger/console.hpp"
#include "model/inputs.hpp"
#include "model/schedule.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

constexpr std::size_t page_size = 20;  // stored workflows that are read at once

constexpr Millis again_after{1000};  // a start that the database could not take

// Errors that say nothing of the run: it is tried again.
bool is_passing(Error const& error) { return error.code == Errc::io || error.code == Errc::closed; }

// Two lines that say the same are two schedules.
std::string key_of(ScheduleTrigger const& trigger, ScheduleMarks& seen) {
  auto const plain = fmt::format("{} {}", trigger.cron_text, trigger.timezone);
  auto key = plain;
  for (int copy = 2; !seen.emplace(key, Timestamp{}).second; ++copy) key = fmt::format("{} #{}", plain, copy);
  return key;
}

}  // namespace

Schedules::Schedules(asio::any_io_executor thread, ExecutorOptions const& options, Store& store, Console& console,
                     PlanCache& cache, Submit submit)
    : options_(options),
      store_(store),
      console_(console),
      cache_(cache),
      submit_(std::move(submit)),
      timer_(thread),
      tasks_(thread) {}

Awaitable<Result<void>> Schedules::start() {
  std::string cursor;
  do {
    auto page = co_await store_.workflows(page_size, cursor);
    if (!page) co_return page.error();
    for (auto& row : page->items) {
      if (auto const planned = co_await plan(std::move(row)); !planned) co_return planned;
    }
    cursor = page->next_cursor.value_or("");
  } while (!cursor.empty());
  tasks_.spawn(run());
  co_return Result<void>{};
}

Awaitable<> Schedules::changed(std::string workflow) {
  auto row = co_await store_.workflow(workflow);
  auto const done = row                                   ? co_await plan(std::move(*row))
                    : row.error().code == Errc::not_found ? co_await forget(workflow)
                                                          : Result<void>(row.error());
  if (!done) console_.log(Level::error, fmt::format("schedules of {}: {}", workflow, done.error().message));
  poked_ = true;
  timer_.cancel();
}

Awaitable<> Schedules::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

Awaitable<Result<void>> Schedules::plan(WorkflowRow row) {
  auto const name = row.name;
  auto planned = co_await make_plan(std::move(row));
  if (!planned) co_return planned.error();
  if (*planned) {
    plans_[name] = std::move(*planned);
    co_return Result<void>{};
  }
  co_return co_await forget(name);
}

// Null where there is nothing to be planned.
Awaitable<Result<std::shared_ptr<Schedules::Planned>>> Schedules::make_plan(WorkflowRow row) {
  auto const plan = cache_.plan_of(row.definition_json);
  if (!plan) {
    console_.log(Level::error, fmt::format("the stored definition of {} is not valid any more", row.name));
    co_return std::shared_ptr<Planned>();
  }
  auto const& triggers = (*plan)->workflow().on.schedule;
  if (triggers.empty()) co_return std::shared_ptr<Planned>();
  auto const marks = co_await schedule_marks(store_, row.name);
  if (!marks) co_return marks.error();

  std::vector<Line> lines;
  ScheduleMarks seen;
  for (auto const& trigger : triggers) {
    auto const zone = TimeZone::find(trigger.timezone);
    if (!zone) {  // the system's database was another one when the definition was stored
      console_.log(Level::error, fmt::format("schedules of {}: {}", row.name, zone.error().message));
      continue;
    }
    auto key = key_of(trigger, seen);
    auto const mark = marks->find(key);
    auto const from = mark == marks->end() ? row.updated : std::max(mark->second, row.created);
    lines.push_back({trigger, *zone, std::move(key), from, trigger.cron.next_after(*zone, from)});
  }
  std::set<std::string> keys;
  for (auto const& line : lines) keys.insert(line.key);
  if (std::ranges::any_of(*marks, [&](auto const& mark) { return !keys.contains(mark.first); })) {
    auto const kept = co_await store_.write(keep_marks(row.name, std::move(keys)));
    if (!kept) co_return kept.error();
  }
  co_return std::make_shared<Planned>(Planned{std::move(row), *plan, std::move(lines)});
}

Awaitable<Result<void>> Schedules::forget(std::string workflow) {
  plans_.erase(workflow);
  auto const marks = co_await schedule_marks(store_, workflow);
  if (!marks) co_return marks.error();
  if (marks->empty()) co_return Result<void>{};
  co_return co_await store_.write(keep_marks(std::move(workflow), {}));
}

Awaitable<> Schedules::run() {
  for (;;) {
    auto const now = options_.now();
    for (auto const& workflow : due(now)) {
      try {
        co_await start_due(workflow, now);
      } catch (std::exception const& bug) {  // the other workflows' schedules go on
        if (is_cancellation(std::current_exception())) throw;
        console_.log(Level::error, fmt::format("schedules of {}: {}", workflow, bug.what()));
      }
    }
    co_await wait();
  }
}

// A timer counts steady time: the clock is looked at now and then, because it may be set, and machines sleep.
Awaitable<> Schedules::wait() {
  if (!std::exchange(poked_, false)) {
    auto pause = options_.look_at_clock;
    auto const now = options_.now();
    for (auto const& [name, planned] : plans_) {
      for (auto const& line : planned->lines) {
        if (line.next) pause = std::min(pause, *line.next > now ? *line.next - now : again_after);
      }
    }
    timer_.expires_after(pause);
    co_await timer_.async_wait(as_tuple);
  }
}

std::vector<std::string> Schedules::due(Timestamp now) const {
  std::vector<std::string> names;
  for (auto const& [name, planned] : plans_) {
    auto const is_due = [&](Line const& line) { return line.next && *line.next <= now; };
    if (std::ranges::any_of(planned->lines, is_due)) names.push_back(name);
  }
  return names;
}

Awaitable<> Schedules::start_due(std::string workflow, Timestamp now) {
  auto const found = plans_.find(workflow);
  if (found == plans_.end()) co_return;
  auto const planned = found->second;
  for (auto& line : planned->lines) {
    if (!line.next || *line.next > now) continue;
    for (auto const time : due_starts(line.trigger, line.zone, line.considered, now)) {
      auto const started = co_await start_run(*planned, line, time);
      if (!started && is_passing(started.error())) co_return;
      if (!is_current(workflow, planned)) co_return;
    }
    line.considered = now;
    line.next = line.trigger.cron.next_after(line.zone, now);
  }
}

bool Schedules::is_current(std::string const& workflow, std::shared_ptr<Planned> const& planned) const {
  auto const found = plans_.find(workflow);
  return found != plans_.end() && found->second == planned;
}

Awaitable<Result<void>> Schedules::start_run(Planned const& planned, Line const& line, Timestamp time) {
  auto inputs = check_inputs(planned.plan->workflow().inputs, line.trigger.inputs);
  Submission submission;
  submission.plan = planned.plan;
  submission.definition_json = planned.row.definition_json;
  if (inputs) submission.inputs = std::move(*inputs);  // they were checked with the definition
  submission.version = planned.row.version;
  submission.started_by = fmt::format("schedule {}", line.trigger.cron_text);
  submission.also = advance_mark(planned.row.name, line.key, time);
  auto const run = co_await submit_(std::move(submission));
  if (run) co_return Result<void>{};
  console_.log(Level::error, fmt::format("workflow {} is not started for {}: {}", planned.row.name, iso8601(time),
                                         run.error().message));
  // A run that is refused is not tried again at the next start of the server.
  if (!is_passing(run.error())) co_await store_.write(advance_mark(planned.row.name, line.key, time));
  co_return run.error();
}

}  // namespace runcast
