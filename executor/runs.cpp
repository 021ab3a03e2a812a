#include "executor/runs.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "base/with_timeout.hpp"
#include "logger/console.hpp"
#include "model/json_text.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

Error going() { return fail(Errc::closed, "the server is going"); }

// Processes of an earlier server on the same data are found by it.
std::string instance_name(std::filesystem::path const& data_dir) {
  std::error_code error;
  auto const path = std::filesystem::weakly_canonical(data_dir, error).string();
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a: the same in every build
  for (unsigned char const c : path) hash = (hash ^ c) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

SpawnerOptions spawner_options(ExecutorOptions const& options) {
  return {.helper = options.spawn_helper.empty() ? spawner_from_this_executable() : options.spawn_helper,
          .instance = instance_name(options.data_dir),
          .max_line = options.max_line_bytes};
}

ExecutorOptions with_absolute_paths(ExecutorOptions options) {
  options.data_dir = std::filesystem::absolute(options.data_dir);
  return options;
}

}  // namespace

Runs::Runs(asio::any_io_executor thread, ExecutorOptions options, Store& store, BroadcastStepLogger& logger,
           Console& console)
    : thread_(std::move(thread)),
      options_(with_absolute_paths(std::move(options))),
      store_(store),
      console_(console),
      spawner_(thread_, spawner_options(options_)),
      slots_(options_.max_parallel),
      queue_(thread_, options_.queue, store_),
      admission_(options_.max_runs),
      base_environment_(base_environment()),
      services_{thread_, options_, store, logger, console, spawner_, http_, slots_, queue_, *this, base_environment_},
      tasks_(thread_),
      helper_(thread_) {}

Awaitable<Result<void>> Runs::start() {
  auto http = HttpClient::make({.denied_addresses = options_.denied_addresses.value_or(default_denied_addresses()),
                                .max_body = options_.max_http_body});
  if (!http) co_return http.error();
  http_ = std::move(*http);
  if (auto started = spawner_.start(); !started) co_return started;
  helper_.spawn(spawner_.run());
  auto const stale = co_await spawner_.kill_stale();
  if (!stale) co_return stale.error();
  if (*stale > 0) console_.log(Level::warn, fmt::format("ended {} processes that an earlier server left", *stale));

  if (auto restored = co_await queue_.start(); !restored) co_return restored;
  auto const unfinished = co_await store_.unfinished_runs();
  if (!unfinished) co_return unfinished.error();
  closed_ = false;
  for (auto const run : *unfinished) {
    auto const row = co_await store_.run(run);
    if (!row) co_return row.error();
    co_await readmit(*row);
  }
  for (auto const run : *unfinished) co_await until_started(run);
  co_return Result<void>{};
}

Awaitable<> Runs::readmit(RunRow row) {
  auto const stored = co_await stored_launch(row);
  auto group = stored ? stored->lineage.group_of(stored->plan->workflow()) : std::nullopt;
  bool const counted = row.parent_run.empty() && !(stored && is_lone_job(stored->plan->workflow()));
  if (row.status == RunStatus::running) {
    admission_.enter_running(row.id, group, counted);
    start_stored(row.id);
    co_return;
  }
  if (group) group->on_conflict = Concurrency::OnConflict::queue;  // it was taken in before
  if (admission_.enter(row.id, group, counted).verdict == Admission::Verdict::start) start_stored(row.id);
}

Awaitable<Result<RunId>> Runs::submit(Submission submission) {
  if (auto const refused = why_refused(submission.plan->workflow())) co_return *refused;
  if (!submission.idempotency_key.empty()) {
    auto const earlier = co_await recall(submission.idempotency_key, submission.fingerprint);
    if (!earlier) co_return earlier.error();
    if (*earlier) co_return **earlier;
  }
  Launch launch;
  launch.plan = std::move(submission.plan);
  launch.definition_json = std::move(submission.definition_json);
  launch.start.inputs = std::move(submission.inputs);
  launch.start.version = submission.version;
  launch.start.started_by = std::move(submission.started_by);
  launch.idempotency_key = std::move(submission.idempotency_key);
  launch.fingerprint = std::move(submission.fingerprint);
  launch.also = std::move(submission.also);
  launch.time = submission.time;
  co_return co_await this->launch(std::move(launch));
}

std::optional<Error> Runs::why_refused(Workflow const& workflow) const {
  auto const faults = unknown_secrets(workflow, options_.secrets);
  if (faults.empty()) return std::nullopt;
  return fail(Errc::invalid, fmt::format("{}: {}", faults.front().pointer, faults.front().message));
}

Awaitable<Result<std::optional<RunId>>> Runs::recall(std::string key, std::string fingerprint) {
  auto const found = std::make_shared<std::optional<RunId>>();
  auto const read = co_await store_.write([=](WriteTx& tx) -> Result<void> {
    auto const answer = tx.recall(key, fingerprint);
    if (!answer) return answer.error();
    if (!*answer) return {};
    auto const run = RunId::parse((*answer)->body);
    if (!run) return run.error();
    *found = *run;
    return {};
  });
  if (!read) co_return read.error();
  co_return *found;
}

Awaitable<Result<RunId>> Runs::launch(Launch launch) {
  if (closed_) co_return going();
  // A lone job waits in the queue, not in line for a place among the runs.
  bool const lone_job = is_lone_job(launch.plan->workflow());
  if (lone_job && queue_.size() >= options_.queue.max_jobs) {
    co_return fail(Errc::busy, fmt::format("{} jobs wait or are worked on already", queue_.size()));
  }
  launch.id = RunId(next_ulid());
  auto const id = launch.id;
  auto const answer = admission_.enter(id, launch.plan->workflow().concurrency, !lone_job);
  if (answer.verdict == Admission::Verdict::refuse) {
    co_return fail(Errc::conflict, fmt::format("a run of the concurrency group '{}' is under way",
                                               launch.plan->workflow().concurrency->group));
  }
  auto const create = creation(launch, launch.time, answer.verdict == Admission::Verdict::start);
  auto const key = launch.idempotency_key;
  auto const fingerprint = launch.fingerprint;
  Result<void> stored;
  if (answer.verdict == Admission::Verdict::start) {
    auto const run = begin(std::move(launch), create);
    stored = co_await run->begun();
  } else {
    stored = co_await store_.write(create);
    if (!stored) leave(id);
  }
  if (stored) {
    cancel_replaced(answer.cancel, id);
    co_return id;
  }
  if (!key.empty() && stored.error().code == Errc::conflict) {
    // Another request with the same key was quicker.
    auto const earlier = co_await recall(key, fingerprint);
    if (earlier && *earlier) co_return **earlier;
  }
  co_return stored.error();
}

WriteOp Runs::creation(Launch const& launch, Timestamp now, bool begins) {
  NewRun run;
  run.id = launch.id;
  run.workflow = launch.plan->workflow().name;
  run.version = launch.start.version;
  run.definition_json = launch.definition_json;
  run.inputs_json = to_json_text(launch.start.inputs);
  run.started_by = launch.start.started_by;
  run.parent_run = launch.parent_run;
  run.parent_step = launch.parent_step;
  run.begins = begins;
  return [run = std::move(run), key = launch.idempotency_key, fingerprint = launch.fingerprint, also = launch.also,
          now](WriteTx& tx) -> Result<void> {
    if (also) {
      if (auto done = also(tx); !done) return done;
    }
    if (!key.empty()) {
      auto const earlier = tx.recall(key, fingerprint);
      if (!earlier) return earlier.error();
      if (*earlier) return fail(Errc::conflict, "the idempotency key was used before");
      auto remembered = tx.remember(key, fingerprint, {.status = 0, .body = run.id.str()}, now);
      if (!remembered) return remembered;
    }
    return tx.create_run(run, now);
  };
}

std::shared_ptr<ActiveRun> Runs::begin(Launch launch, std::optional<WriteOp> create) {
  auto const run = std::make_shared<ActiveRun>(services_, launch.id, std::move(launch.plan), std::move(launch.lineage));
  run->begin(std::move(launch.start), std::move(create), launch.time);
  active_.emplace(launch.id, run);
  tasks_.spawn(carry(run));
  return run;
}

Awaitable<> Runs::carry(std::shared_ptr<ActiveRun> run) {
  try {
    co_await run->drive();
  } catch (std::exception const& bug) {
    if (!is_cancellation(std::current_exception())) {
      console_.log(Level::error, fmt::format("run {} stands still: {}", run->id().str(), bug.what()));
    }
  }
  active_.erase(run->id());
  if (has_ended(run->state().status())) wake_all(watchers_, run->id());
  leave(run->id());
  if (!active_.empty()) co_return;
  for (auto const& waiter : std::exchange(idle_, {})) waiter->wake();
}

void Runs::leave(RunId run) {
  for (auto const next : admission_.leave(run)) start_stored(next);
}

void Runs::wake_all(WaitersOf& waiters, RunId run) {
  auto const found = waiters.extract(run);
  if (!found) return;
  for (auto const& waiter : found.mapped()) waiter->wake();
}

Awaitable<bool> Runs::can_spawn() { co_return spawner_.helper_pid() != 0; }

Awaitable<std::vector<RunId>> Runs::active() {
  std::vector<RunId> ids;
  for (auto const& [id, run] : active_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  co_return ids;
}

Awaitable<> Runs::stop(Millis bound) {
  closed_ = true;
  co_await queue_.stop();
  for (auto const& [id, run] : active_) run->stop();
  co_await with_timeout(bound, until_idle());
  for (auto const& [id, run] : active_) run->end_commands();
  co_await tasks_.join();
  co_await queue_.stop();
  helper_.cancel();
  co_await helper_.join();
}

Awaitable<> Runs::until_idle() {
  while (!active_.empty()) {
    auto const waiter = idle_.emplace_back(std::make_shared<Waiter>());
    if (!co_await waiter->wait()) throw_cancelled();
  }
}

Awaitable<> Runs::abandon() {
  closed_ = true;
  tasks_.cancel();
  co_await tasks_.join();
  co_await queue_.stop();
  helper_.cancel();
  co_await helper_.join();
}

}  // namespace runcast
