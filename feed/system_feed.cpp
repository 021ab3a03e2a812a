#include "feed/system_feed.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_set>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

#include "base/task_group.hpp"
#include "base/thread.hpp"
#include "feed/folding.hpp"
#include "feed/last_lines.hpp"
#include "feed/mailbox.hpp"
#include "feed/state_json.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

constexpr std::size_t events_a_page = 1000;  // of the store, while it lags

// Whether an event of this type is told to anybody, or changes what is.
bool concerns(EventType type) {
  switch (type) {
    case EventType::run_start:
    case EventType::run_complete:
    case EventType::step_progress:
    case EventType::step_retry:
    case EventType::step_complete:
    case EventType::job_submitted:
    case EventType::job_assigned:
    case EventType::job_started:
    case EventType::machine_registered:
    case EventType::machine_disconnected:
    case EventType::machine_status_changed:
    case EventType::worker_connected:
    case EventType::worker_disconnected:
    case EventType::worker_status_changed:
      return true;
    default:
      return false;
  }
}

bool has(CommittedRun const& run, EventType type) {
  return std::ranges::any_of(run.segment->frames(),
                             [&](auto const& frame) { return frame.type == static_cast<std::uint8_t>(type); });
}

}  // namespace

struct SystemFeed::Impl {
  Impl(Store& the_store, FeedOptions the_options)
      : store(the_store),
        options(the_options),
        board(the_store.last_id(), the_options.board_bytes),
        mailbox(the_options.mailbox_commits),
        folding(state, board),
        tasks(context.get_executor()),
        thread([this] {
          name_this_thread("feed");
          keep_turns_short();
          context.run();
        }) {}

  ~Impl() {
    stop();
    guard.reset();
    thread.join();
  }

  template <class T>
  Awaitable<T> on_thread(Awaitable<T> task) {
    return asio::co_spawn(context, std::move(task),
                          asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
  }

  void stop() {
    if (std::exchange(stopped, true)) return;
    mailbox.close();
    board.close();
    if (running.valid()) running.get();
  }

  Awaitable<> run() {
    tasks.spawn(tell_logs());
    while (true) {
      auto const mail = co_await mailbox.take();
      if (mail.lost) {
        co_await catch_up();
      } else {
        for (auto const& commit : mail.commits) fold(*commit);
      }
      publish_stats();
      moved.cancel();
      if (mail.closed) break;
    }
    tasks.cancel();
    co_await tasks.join();
  }

  void fold(Commit const& commit) {
    std::unordered_set<RunId> with_jobs;
    for (auto const& run : commit.runs) {
      if (state.has_jobs_of(run.run) || has(run, EventType::job_submitted)) with_jobs.insert(run.run);
    }
    std::vector<Event> events;
    for (auto const& run : commit.runs) {
      auto next = run.values.begin();
      for (auto const& frame : run.segment->frames()) {
        bool const has_value = next != run.values.end() && next->seq == frame.position;
        auto const* value = has_value ? &*next++ : nullptr;
        auto const type = static_cast<EventType>(frame.type);
        bool const is_line = type == EventType::step_log && with_jobs.contains(run.run);
        if (!is_line && !concerns(type)) continue;
        if (value) {
          events.push_back({run.run, value->seq, value->id, value->time, type, *value->payload});
        } else if (auto event = decode_event(run.segment->json(frame))) {
          events.push_back(std::move(*event));
        }
      }
    }
    std::ranges::sort(events, {}, &Event::id);
    folding.fold(events, commit.last_id);
  }

  // What was dropped is in the store; so is what came after it, which is passed over later.
  Awaitable<> catch_up() {
    while (true) {
      auto const known = store.last_id();
      auto const page = co_await store.read_feed(folding.upto(), events_a_page);
      if (!page) break;
      std::vector<Event> events;
      for (auto const& stored : *page) {
        if (!concerns(stored.type)) continue;
        if (auto event = decode_event(stored.json)) events.push_back(std::move(*event));
      }
      bool const last = page->size() < events_a_page;
      folding.fold(events, std::max(page->empty() ? 0 : page->back().id, last ? known : 0));
      if (last) break;
    }
    co_await reload_logs();
  }

  Awaitable<> reload_logs() {
    std::map<RunId, std::set<std::string>> steps;
    for (auto const& [id, job] : state.live_jobs()) {
      bool const was_had = job.status != JobStatus::pending || job.attempt > 1 || job.updated != job.created;
      if (was_had) steps[job.run].insert(job.step);
    }
    for (auto const& [run, of_run] : steps) {
      auto const last = co_await read_last_lines(store, run, of_run);
      if (!last) continue;
      for (auto const& [step, lines] : *last) {
        for (auto const& line : lines) folding.add_line(run, step, line.seq, line.text, folding.upto());
      }
    }
  }

  void publish_stats() {
    std::lock_guard lock(stats_mutex);
    stats = state.stats();
  }

  Awaitable<> tell_logs() {
    asio::steady_timer timer(context);
    while (true) {
      timer.expires_after(options.log_every);
      co_await timer.async_wait(asio::use_awaitable);
      folding.tell_logs();
    }
  }

  // Until all up to there is folded; lines that wait to be told of are told then.
  Awaitable<> reach(std::uint64_t id) {
    while (folding.upto() < id && !board.closed()) {
      folding.tell_logs();
      if (folding.upto() < id) co_await moved.async_wait(as_tuple);
    }
  }

  // Those who asked while one was being made share it.
  Awaitable<Snapshot> snapshot(std::uint64_t least) {
    co_await reach(least);
    if (!last_snapshot.json || last_snapshot.event_id < least) {
      auto text = full_state_snapshot(state, folding.upto(), system_time());
      last_snapshot = {folding.upto(), std::make_shared<std::string const>(std::move(text))};
    }
    co_return last_snapshot;
  }

  Awaitable<std::optional<JobView>> job(std::string id, std::uint64_t least) {
    co_await reach(least);
    auto const* found = state.find_job(id);
    co_return found ? std::optional(*found) : std::nullopt;
  }

  Awaitable<JobsNow> jobs_now(std::uint64_t least) {
    co_await reach(least);
    std::vector<JobView const*> jobs;
    for (auto const& [id, job] : state.live_jobs()) jobs.push_back(&job);
    for (auto const status : {JobStatus::completed, JobStatus::failed, JobStatus::cancelled}) {
      for (auto const& job : state.ended_jobs(status)) jobs.push_back(&job);
    }
    std::ranges::sort(
        jobs, [](auto const* a, auto const* b) { return std::tie(a->created, a->id) < std::tie(b->created, b->id); });
    JobsNow now{folding.upto(), {}};
    for (auto const* job : jobs) now.updates.push_back(job_update(*job));
    co_return now;
  }

  Store& store;
  FeedOptions options;
  Board board;
  Mailbox mailbox;
  SystemState state;
  Folding folding;
  Snapshot last_snapshot;
  mutable std::mutex stats_mutex;
  SystemStats stats;  // of `state`, for other threads
  bool stopped = false;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(context);
  asio::steady_timer moved{context, asio::steady_timer::time_point::max()};  // never expires: cancelled by progress
  TaskGroup tasks;
  std::future<void> running;
  std::thread thread;
};

SystemFeed::SystemFeed(Store& store, FeedOptions options) : impl_(std::make_unique<Impl>(store, options)) {}
SystemFeed::~SystemFeed() = default;

Awaitable<Result<void>> SystemFeed::start(Load load) {
  auto state = co_await load(impl_->store);
  if (!state) co_return state.error();
  impl_->state = std::move(*state);
  impl_->publish_stats();
  impl_->running = asio::co_spawn(impl_->context, impl_->run(), asio::use_future);
  co_return Result<void>{};
}

void SystemFeed::tell(std::shared_ptr<Commit const> commit) { impl_->mailbox.put(std::move(commit)); }

Board& SystemFeed::board() { return impl_->board; }
Store& SystemFeed::store() { return impl_->store; }

Awaitable<> SystemFeed::reach_now() { return impl_->on_thread(impl_->reach(impl_->store.last_id())); }

Awaitable<SystemFeed::Snapshot> SystemFeed::snapshot() {
  return impl_->on_thread(impl_->snapshot(impl_->store.last_id()));
}

Awaitable<SystemFeed::JobsNow> SystemFeed::jobs_now() {
  return impl_->on_thread(impl_->jobs_now(impl_->store.last_id()));
}

Awaitable<std::optional<JobView>> SystemFeed::job(std::string id) {
  return impl_->on_thread(impl_->job(std::move(id), impl_->store.last_id()));
}

SystemStats SystemFeed::stats() const {
  std::lock_guard lock(impl_->stats_mutex);
  return impl_->stats;
}

void SystemFeed::stop() { impl_->stop(); }

}  // namespace runcast
