#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <variant>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/channel.hpp"
#include "store/budget.hpp"
#include "store/checkpointer.hpp"
#include "store/data_dir.hpp"
#include "store/event_log.hpp"
#include "store/stats.hpp"
#include "store/ticket.hpp"
#include "store/write_tx.hpp"

namespace runcast {

// The one thread that writes. It puts all that waits into one transaction, tells the sink once that is durable, then
// those who wait for it. While nothing is to be written it checkpoints.
class Writer {
 public:
  struct Parts {
    std::unique_ptr<Connection> connection;
    std::unique_ptr<EventLog> log;
    DataDir const* dir;
    std::string epoch;
    std::uint64_t wal_bound_bytes;
    Weight queue;
  };

  explicit Writer(Parts parts);
  ~Writer() { stop(); }

  void on_commit(CommitSink sink) { sink_ = std::move(sink); }
  void on_fatal(std::function<void(Error const&)> callback) { on_fatal_ = std::move(callback); }

  // Store's functions of these names.
  Awaitable<Result<void>> write(WriteOp op);
  Awaitable<Result<std::vector<std::uint64_t>>> append(RunId run, std::vector<EventDraft> drafts);
  Awaitable<Result<void>> post(RunId run, std::vector<EventDraft> drafts);
  void stop();

  std::uint64_t last_id() const { return last_id_; }
  bool healthy() const { return healthy_ && !shut_out_; }
  WriterStats const& stats() const { return stats_; }
  std::uint64_t refused_posts() const { return refused_posts_; }

 private:
  using Seqs = std::vector<std::uint64_t>;

  struct AppendRequest {
    RunId run;
    std::vector<EventDraft> drafts;
    std::shared_ptr<Ticket<Seqs>> ticket;  // null: nobody waits
  };
  struct OpRequest {
    WriteOp op;
    std::shared_ptr<Ticket<void>> ticket;
  };
  struct Request {
    std::variant<AppendRequest, OpRequest> what;
    Weight weight;
  };

  struct Outcome {
    std::shared_ptr<Commit const> commit = nullptr;
    bool undone = false;
  };

  void run_thread();
  Awaitable<> serve();
  Awaitable<> tend();
  Awaitable<> write_all(std::span<Request> requests);
  Awaitable<> write_batch(std::span<Request> batch);
  Outcome transact(std::span<Request> batch);
  Result<void> begin();
  Result<bool> apply_all(std::span<Request> batch);
  Result<bool> apply(AppendRequest& request);
  Result<bool> apply(OpRequest& request);
  void count(Commit const& commit, std::chrono::steady_clock::duration taken);
  Awaitable<> tell(std::shared_ptr<Commit const> commit);
  Result<void> enqueue(Request request);
  void answer(std::span<Request> batch, std::optional<Error> const& failure);
  void fail_for_good(Error const& why);
  void end_session();

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<EventLog> log_;
  DataDir const& dir_;
  std::string const epoch_;
  Checkpointer checkpointer_;
  CommitSink sink_;
  std::function<void(Error const&)> on_fatal_;

  Budget budget_;
  Channel<Request> queue_;
  std::atomic<std::uint64_t> last_id_;
  std::atomic<bool> healthy_ = true;
  std::atomic<bool> shut_out_ = false;  // by another program, which holds the database's lock
  std::atomic<bool> stopping_ = false;
  WriterStats stats_;
  std::atomic<std::uint64_t> refused_posts_ = 0;
  std::optional<Error> failure_;  // the writer's thread only
  std::uint64_t transactions_ = 0;

  boost::asio::io_context context_{1};
  boost::asio::steady_timer idle_{context_};
  bool ending_ = false;  // the writer's thread only
  std::thread thread_;
};

}  // namespace runcast
