#include "store/writer.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>

#include "base/thread.hpp"
#include "store/incarnation.hpp"

namespace runcast {
namespace {

// A transaction's bounds: what it holds is sent only after it, so a long one delays its own first event.
constexpr Weight transaction_limit{8192, 4u << 20};

// With nothing written for as long, the writer is idle.
constexpr auto idle_time = std::chrono::milliseconds(250);

Weight weight_of(std::vector<EventDraft> const& drafts) {
  Weight weight{drafts.size(), 0};
  for (auto const& draft : drafts) weight.bytes += draft.payload.size();
  return weight;
}

Error store_closed() { return fail(Errc::closed, "the store is closed"); }

void rethrow(std::exception_ptr exception) {
  if (exception) std::rethrow_exception(exception);
}

}  // namespace

Writer::Writer(Parts parts)
    : connection_(std::move(parts.connection)),
      log_(std::move(parts.log)),
      dir_(*parts.dir),
      epoch_(std::move(parts.epoch)),
      checkpointer_(*connection_, parts.wal_bound_bytes),
      budget_(parts.queue),
      queue_(parts.queue.events),
      last_id_(log_->last_id()),
      thread_([this] { run_thread(); }) {}

Awaitable<Result<void>> Writer::write(WriteOp op) {
  auto const room = co_await budget_.acquire({1, 0});
  if (!room) co_return room.error();
  auto ticket = std::make_shared<Ticket<void>>();
  auto const queued = enqueue({OpRequest{std::move(op), ticket}, *room});
  if (!queued) co_return queued.error();
  co_return co_await certain_outcome_of(std::move(ticket));
}

Awaitable<Result<std::vector<std::uint64_t>>> Writer::append(RunId run, std::vector<EventDraft> drafts) {
  if (drafts.empty()) co_return Seqs{};
  auto const room = co_await budget_.acquire(weight_of(drafts));
  if (!room) co_return room.error();
  auto ticket = std::make_shared<Ticket<Seqs>>();
  auto const queued = enqueue({AppendRequest{run, std::move(drafts), ticket}, *room});
  if (!queued) co_return queued.error();
  co_return co_await certain_outcome_of(std::move(ticket));
}

Awaitable<Result<void>> Writer::post(RunId run, std::vector<EventDraft> drafts) {
  if (drafts.empty()) co_return Result<void>();
  auto const room = co_await budget_.acquire(weight_of(drafts));
  if (!room) co_return room.error();
  co_return enqueue({AppendRequest{run, std::move(drafts), nullptr}, *room});
}

// Never waits: each request weighs at least an event, and the queue has a place for as many as the budget has events.
Result<void> Writer::enqueue(Request request) {
  if (queue_.try_send(request)) return {};
  return store_closed();
}

void Writer::stop() {
  stopping_ = true;
  budget_.close(store_closed());
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void Writer::run_thread() {
  name_this_thread("writer");
  keep_turns_short();
  asio::co_spawn(context_, serve(), rethrow);
  asio::co_spawn(context_, tend(), rethrow);
  context_.run();
  if (!failure_) end_session();
}

Awaitable<> Writer::serve() {
  for (;;) {
    auto requests = co_await queue_.receive_all();
    if (requests.empty()) break;
    co_await write_all(requests);
  }
  ending_ = true;
  idle_.cancel();
}

// Looks after the database while nobody writes. It shares the writer's thread, and no transaction is open between two
// of its steps.
Awaitable<> Writer::tend() {
  auto seen = transactions_;
  auto noted = last_id_.load();
  while (!ending_) {
    idle_.expires_after(idle_time);
    co_await idle_.async_wait(as_tuple);
    if (ending_ || failure_) continue;
    if (std::exchange(seen, transactions_) != transactions_) continue;
    if (auto done = checkpointer_.when_idle(); !done) fail_for_good(done.error());
    if (noted == last_id_) continue;
    noted = last_id_;
    (void)dir_.write_high_water({epoch_, noted});  // a note that is missing or old only says less
  }
}

Awaitable<> Writer::write_all(std::span<Request> requests) {
  while (!requests.empty()) {
    Weight total = requests.front().weight;
    std::size_t count = 1;
    for (; count < requests.size(); ++count) {
      total.events += requests[count].weight.events;
      total.bytes += requests[count].weight.bytes;
      if (total.events > transaction_limit.events || total.bytes > transaction_limit.bytes) break;
    }
    auto const batch = requests.first(count);
    for (auto const& request : batch) budget_.release(request.weight);
    co_await write_batch(batch);
    requests = requests.subspan(count);
  }
}

Awaitable<> Writer::write_batch(std::span<Request> batch) {
  auto const begun = std::chrono::steady_clock::now();
  auto const outcome = failure_ ? Outcome{} : transact(batch);
  // An op that fails has changed nothing, as a rule. One that has takes its transaction back, and the others with it:
  // they get one each, so that nothing they share can be undone.
  if (outcome.undone && batch.size() > 1) {
    for (std::size_t i = 0; i < batch.size(); ++i) co_await write_batch(batch.subspan(i, 1));
    co_return;
  }
  if (!outcome.commit) {
    answer(batch, failure_);
    co_return;
  }
  ++transactions_;
  count(*outcome.commit, std::chrono::steady_clock::now() - begun);
  last_id_ = outcome.commit->last_id;
  co_await tell(outcome.commit);
  answer(batch, std::nullopt);
  if (failure_) co_return;
  if (auto done = checkpointer_.if_due(); !done) fail_for_good(done.error());
}

void Writer::count(Commit const& commit, std::chrono::steady_clock::duration taken) {
  stats_.commits.add();
  stats_.events.add(commit.last_id - std::min(last_id_.load(), commit.last_id));
  stats_.commit_micros.add(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(taken).count()));
}

// The whole batch in one transaction. Without a commit the database failed, and with it the writer, or it was undone.
Writer::Outcome Writer::transact(std::span<Request> batch) {
  auto const refused = refused_posts_.load();
  Result<bool> whole = false;
  try {
    whole = apply_all(batch);
  } catch (std::exception const& exception) {
    whole = fail(Errc::io, fmt::format("writing failed: {}", exception.what()));
  }
  if (whole && *whole) return {.commit = log_->take_commit()};
  if (!whole) fail_for_good(whole.error());
  if (connection_->in_transaction()) {
    auto const back = connection_->run("ROLLBACK");
    if (!back) fail_for_good(back.error());
  }
  log_->undo();
  refused_posts_ = refused;  // they are refused once more when the batch is done one by one
  return {.undone = !failure_};
}

// Another program may hold the lock for as long as it likes; those who write wait meanwhile, and the queue's bound
// holds them back. A server that ends waits for it once more only.
Result<void> Writer::begin() {
  while (true) {
    auto begun = connection_->run("BEGIN IMMEDIATE");
    shut_out_ = !begun && begun.error().code == Errc::busy;
    if (!shut_out_ || stopping_) return begun;
    stats_.busy_waits.add();
  }
}

// False: one of them failed when it had changed something, and has its answer; the transaction is to be undone.
Result<bool> Writer::apply_all(std::span<Request> batch) {
  if (auto begun = begin(); !begun) return begun.error();
  log_->begin();
  for (auto const& request : batch) {
    if (auto const* append = std::get_if<AppendRequest>(&request.what)) log_->expect(append->run, append->drafts);
  }
  for (auto& request : batch) {
    auto const whole = std::visit([this](auto& what) { return apply(what); }, request.what);
    if (!whole || !*whole) return whole;
  }
  if (auto stored = log_->store_state(); !stored) return stored.error();
  if (auto done = connection_->run("COMMIT"); !done) return done.error();
  return true;
}

// What is refused is refused before anything was changed.
Result<bool> Writer::apply(AppendRequest& request) {
  auto outcome = log_->append(request.run, request.drafts);
  if (!log_->sound()) return outcome.error();
  if (request.ticket) {
    request.ticket->set(std::move(outcome));
  } else if (!outcome) {
    ++refused_posts_;
  }
  return true;
}

Result<bool> Writer::apply(OpRequest& request) {
  auto const changes = connection_->total_changes();
  WriteTx transaction(*connection_, *log_);
  bool done = false;
  try {
    auto outcome = request.op(transaction);
    if (outcome && !log_->sound()) outcome = fail(Errc::io, "an append failed, and its op passed over it");
    done = outcome.has_value();
    request.ticket->set(std::move(outcome));
  } catch (...) {
    request.ticket->set(std::current_exception());
  }
  // After some errors SQLite has rolled back by itself.
  if (!connection_->in_transaction() || !log_->sound()) return false;
  return done || connection_->total_changes() == changes;
}

Awaitable<> Writer::tell(std::shared_ptr<Commit const> commit) {
  if (!sink_ || commit->runs.empty()) co_return;
  try {
    co_await sink_(std::move(commit));
  } catch (std::exception const& exception) {
    // It was stored, but those who follow the runs were not told: they would wait for ever.
    fail_for_good(fail(Errc::io, fmt::format("telling of a commit failed: {}", exception.what())));
  }
}

// Wakes whoever waits for these; `failure` takes the place of outcomes that were not committed.
void Writer::answer(std::span<Request> batch, std::optional<Error> const& failure) {
  for (auto& request : batch) {
    std::visit(
        [&](auto& what) {
          if (!what.ticket) return;
          if (failure) what.ticket->set(*failure);
          what.ticket->wake();
        },
        request.what);
  }
}

void Writer::fail_for_good(Error const& why) {
  if (failure_) return;
  failure_ = why;
  healthy_ = false;
  budget_.close(why);
  if (on_fatal_) on_fatal_(why);
}

// The last thing that the thread does. The mark is synced by the checkpoint after it, with all that was written before.
void Writer::end_session() {
  auto done = mark_clean_end(*connection_);
  if (done) done = checkpointer_.completely();
  if (!done) return fail_for_good(done.error());
  (void)dir_.write_high_water({epoch_, last_id_});
}

}  // namespace runcast
