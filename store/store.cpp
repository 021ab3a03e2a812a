#include "store/store.hpp"

#include <fmt/format.h>

#include "store/coalescing_vfs.hpp"
#include "store/incarnation.hpp"
#include "store/log_query.hpp"
#include "store/migrations.hpp"
#include "store/queries.hpp"
#include "store/readers.hpp"
#include "store/writer.hpp"

namespace runcast {
namespace {

constexpr std::size_t lifecycle_piece = 2048;  // events, some 20 ms of decoding

// The writer's connection to a database that is up to date, with all of the last session's WAL moved into it, synced.
Result<std::unique_ptr<Connection>> open_database(DataDir const& dir) {
  if (auto made = dir.ensure_database_file(); !made) return made.error();
  auto connection = Connection::open(dir.database(), Connection::Mode::read_write, coalescing_vfs());
  if (!connection) return connection.error();
  if (auto done = (*connection)->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"); !done) {
    return done.error();
  }
  auto migrated = migrate(**connection, embedded_migrations(), wall_clock_now());
  if (!migrated) return migrated.error();
  if (auto done = (*connection)->execute("PRAGMA wal_checkpoint(TRUNCATE)"); !done) return done.error();
  return connection;
}

}  // namespace

struct Store::Impl {
  DataDir dir;
  std::string epoch;
  std::unique_ptr<Readers> readers;
  std::unique_ptr<Writer> writer;

  // Runs one of the queries, with its arguments, on a reader.
  template <class T, class... Parameters, class... Arguments>
  Awaitable<Result<T>> read(Result<T> (*query)(Connection&, Parameters...), Arguments... arguments) {
    return readers->run<T>([query, ... arguments = std::move(arguments)](Connection& connection) {
      return query(connection, arguments...);
    });
  }
};

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  auto dir = DataDir::take(options.data_dir);
  if (!dir) return dir.error();
  auto connection = open_database(*dir);
  if (!connection) return connection.error();
  bool const survives_power_cut = options.durability == Durability::power;
  auto epoch = begin_session(**connection, *dir, survives_power_cut);
  if (!epoch) return epoch.error();
  if (!survives_power_cut) {
    if (auto done = (*connection)->execute("PRAGMA synchronous=NORMAL"); !done) return done.error();
  }
  auto log = EventLog::open(**connection);
  if (!log) return log.error();
  raise_system_time((*log)->last_time());
  auto readers = Readers::open(dir->database(), options.readers);
  if (!readers) return readers.error();

  auto impl = std::make_unique<Impl>(Impl{std::move(*dir), std::move(*epoch), std::move(*readers), nullptr});
  impl->writer = std::make_unique<Writer>(Writer::Parts{std::move(*connection),
                                                        std::move(*log),
                                                        &impl->dir,
                                                        impl->epoch,
                                                        options.wal_bound_bytes,
                                                        {options.queue_events, options.queue_bytes}});
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() { stop(); }

void Store::stop() {
  impl_->readers->stop();
  impl_->writer->stop();
}

void Store::on_commit(CommitSink sink) { impl_->writer->on_commit(std::move(sink)); }
void Store::on_fatal(std::function<void(Error const&)> callback) { impl_->writer->on_fatal(std::move(callback)); }

Awaitable<Result<void>> Store::write(WriteOp op) { return impl_->writer->write(std::move(op)); }

Awaitable<Result<std::vector<std::uint64_t>>> Store::append(RunId run, std::vector<EventDraft> drafts) {
  return impl_->writer->append(run, std::move(drafts));
}

Awaitable<Result<void>> Store::post(RunId run, std::vector<EventDraft> drafts) {
  return impl_->writer->post(run, std::move(drafts));
}

Awaitable<Result<SegmentPage>> Store::read_segment(RunId run, std::uint64_t after, std::size_t max_events,
                                                   std::size_t max_bytes) {
  return impl_->read(queries::segment, run, after, max_events, max_bytes);
}

Awaitable<Result<std::vector<std::string>>> Store::read_events(RunId run, std::uint64_t after, std::size_t limit,
                                                               std::size_t max_bytes) {
  return impl_->read(queries::events, run, after, limit, max_bytes);
}

Awaitable<Result<std::vector<Event>>> Store::read_progress(RunId run, std::size_t limit) {
  return impl_->read(queries::progress, run, limit);
}

Awaitable<Result<std::vector<StoredEvent>>> Store::read_feed(std::uint64_t after_id, std::size_t limit) {
  return impl_->read(queries::feed, after_id, limit);
}

Awaitable<Result<std::vector<Event>>> Store::read_lifecycle(RunId run) {
  std::vector<Event> all;
  for (;;) {
    auto piece = co_await impl_->read(queries::lifecycle, run, all.empty() ? 0 : all.back().seq, lifecycle_piece);
    if (!piece) co_return piece.error();
    std::move(piece->begin(), piece->end(), std::back_inserter(all));
    if (piece->size() < lifecycle_piece) co_return all;
  }
}

Awaitable<Result<LogPage>> Store::query_logs(LogQuery query) {
  // Shared, so that a piece that nobody waits for any more still has it.
  auto search = std::make_shared<LogSearch>(std::move(query));
  for (;;) {
    auto const done =
        co_await impl_->readers->run<bool>([search](Connection& connection) { return search->piece(connection); });
    if (!done) co_return done.error();
    if (*done) co_return std::move(*search).page();
  }
}

Awaitable<Result<RunRow>> Store::run(RunId run) { return impl_->read(queries::run, run); }
Awaitable<Result<RunDocument>> Store::run_document(RunId run) { return impl_->read(queries::run_document, run); }
Awaitable<Result<RunPage>> Store::runs(RunQuery query) { return impl_->read(queries::runs, std::move(query)); }
Awaitable<Result<std::vector<RunId>>> Store::unfinished_runs() { return impl_->read(queries::unfinished_runs); }

Awaitable<Result<WorkflowRow>> Store::workflow(std::string name) {
  return impl_->read(queries::workflow, std::move(name), std::optional<int>());
}

Awaitable<Result<WorkflowRow>> Store::workflow_version(std::string name, int version) {
  return impl_->read(queries::workflow, std::move(name), std::optional(version));
}

Awaitable<Result<WorkflowPage>> Store::workflows(std::size_t limit, std::string cursor) {
  return impl_->read(queries::workflows, limit, std::move(cursor));
}

Awaitable<Result<void>> Store::read(std::function<Result<void>(Connection&)> query) {
  return impl_->readers->run<void>(std::move(query));
}

std::string const& Store::epoch() const { return impl_->epoch; }
std::uint64_t Store::last_id() const { return impl_->writer->last_id(); }
bool Store::healthy() const { return impl_->writer->healthy(); }
StoreStats Store::stats() const {
  auto const& writer = *impl_->writer;
  auto const size_of = [](std::filesystem::path const& file) -> std::uint64_t {
    std::error_code error;
    auto const size = std::filesystem::file_size(file, error);
    return error ? 0 : size;
  };
  auto const database = impl_->dir.database();
  return {.commits = writer.stats().commits.get(),
          .events = writer.stats().events.get(),
          .commit_micros = writer.stats().commit_micros.get(),
          .busy_waits = writer.stats().busy_waits.get(),
          .refused_posts = writer.refused_posts(),
          .last_id = writer.last_id(),
          .database_bytes = size_of(database),
          .wal_bytes = size_of(database.string() + "-wal")};
}

std::uint64_t Store::refused_posts() const { return impl_->writer->refused_posts(); }

}  // namespace runcast
