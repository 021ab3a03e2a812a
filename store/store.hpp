#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "model/event.hpp"
#include "model/segment.hpp"
#include "store/commit.hpp"
#include "store/stats.hpp"
#include "store/types.hpp"
#include "store/write_tx.hpp"

namespace runcast {

// What a committed event survives. `power`: a power cut too (an fsync for each transaction). `crash`: the death of
// the process, but a power cut may take the last moments; the epoch changes then.
enum class Durability : std::uint8_t { power, crash };

struct StoreOptions {
  std::filesystem::path data_dir;
  Durability durability = Durability::power;
  std::size_t readers = 2;                      // threads, each with a connection of its own
  std::uint64_t wal_bound_bytes = 64ull << 20;  // the writer checkpoints when the WAL has grown to this
  std::size_t queue_events = 16384;             // waiting to be written; whoever brings more waits for room
  std::size_t queue_bytes = 8u << 20;           // likewise, in bytes of payload
};

// The embedded database of one server: every run's event log, the runs, and the workflows. One thread writes, and puts
// all that waits into one transaction; a few read. All functions may be called by any thread, the coroutines from any
// executor on which they do not run twice at once; they resume there. An accepted write is waited for even when its
// coroutine is cancelled, so that its outcome is known; reads of many pages stop between two pages.
//
// While another program holds the database's lock, writes wait, and the store is not healthy. The database being unable
// to write (disk full, I/O error) is final: the store turns unhealthy, tells `on_fatal`, and
// every later write is refused with that error.
class Store {
 public:
  // Takes the directory (made if missing, private to this user) for this process alone, brings the schema up to date,
  // and starts the threads. conflict: another process has it; forbidden: another user's; invalid: the database is
  // newer than this program; corrupt, io.
  static Result<std::unique_ptr<Store>> open(StoreOptions options);

  ~Store();  // stop()s
  Store(Store const&) = delete;
  Store& operator=(Store const&) = delete;

  // Both are set before the first write. `on_fatal` is called once at most, on the writer's thread.
  void on_commit(CommitSink sink);
  void on_fatal(std::function<void(Error const&)> callback);

  // Runs `op` within the next transaction; done once that is durable and the sink has been told.
  Awaitable<Result<void>> write(WriteOp op);

  // Appends all or none, and returns their seqs; done when write() would be. conflict: the run has ended, or ends
  // before the last of them.
  Awaitable<Result<std::vector<std::uint64_t>>> append(RunId run, std::vector<EventDraft> drafts);

  // append() for log lines: done once they have a place in the queue, before they are stored. Keeps its order with the
  // caller's later writes. What the log then refuses (the run has ended) is counted in refused_posts().
  Awaitable<Result<void>> post(RunId run, std::vector<EventDraft> drafts);

  // Events after seq `after` as WebSocket frames, as many as both bounds let through but one at least; empty at the
  // log's end. not_found: no such run.
  Awaitable<Result<SegmentPage>> read_segment(RunId run, std::uint64_t after, std::size_t max_events,
                                              std::size_t max_bytes);
  // The JSON texts of the events after seq `after`.
  Awaitable<Result<std::vector<std::string>>> read_events(RunId run, std::uint64_t after, std::size_t limit,
                                                          std::size_t max_bytes = SIZE_MAX);
  // All of a run's events except log lines and progress: what its state is folded from.
  Awaitable<Result<std::vector<Event>>> read_lifecycle(RunId run);
  // The newest events of progress, at most `limit`, in order.
  Awaitable<Result<std::vector<Event>>> read_progress(RunId run, std::size_t limit);
  // Events of all logs but log lines, in the order of their id, from the first one past `after_id`.
  Awaitable<Result<std::vector<StoredEvent>>> read_feed(std::uint64_t after_id, std::size_t limit);
  Awaitable<Result<LogPage>> query_logs(LogQuery query);

  Awaitable<Result<RunRow>> run(RunId run);
  Awaitable<Result<RunDocument>> run_document(RunId run);
  Awaitable<Result<RunPage>> runs(RunQuery query);          // invalid: a cursor that is none
  Awaitable<Result<std::vector<RunId>>> unfinished_runs();  // pending and running, oldest first

  // The latest version, or the given one (of a deleted workflow, too). not_found.
  Awaitable<Result<WorkflowRow>> workflow(std::string name);
  Awaitable<Result<WorkflowRow>> workflow_version(std::string name, int version);
  Awaitable<Result<WorkflowPage>> workflows(std::size_t limit, std::string cursor);

  // Runs `query` on a reader's connection, for other folders' own tables. Keep it within some 20 ms: it holds up a
  // reader. Must not write.
  Awaitable<Result<void>> read(std::function<Result<void>(Connection&)> query);

  // Names this incarnation of the logs: it changes when committed events may have been lost.
  std::string const& epoch() const;
  std::uint64_t last_id() const;  // of the newest committed event
  bool healthy() const;
  std::uint64_t refused_posts() const;
  StoreStats stats() const;

  // Writes what is queued, checkpoints, and ends the threads; later writes are refused as `closed`. Whoever awaits a
  // write is answered first. Not from a coroutine that the writer or a reader runs.
  void stop();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace runcast
