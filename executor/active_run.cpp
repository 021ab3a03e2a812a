#include "executor/active_run.hpp"

#include <fmt/format.h>
#include <boost/asio/this_coro.hpp>

#include "executor/job_attempt.hpp"
#include "logger/console.hpp"
#include "store/store.hpp"

namespace runcast {
namespace {

// A timer counts steady time, the rules count the system's: a long wait looks at the clock again now and then.
constexpr Millis longest_sleep = std::chrono::minutes(1);

// Of the secrets that a workflow names.
Mask mask_of(Workflow const& workflow, Secrets const& secrets) {
  std::vector<std::string> values;
  for (auto const& name : workflow.secrets) {
    if (auto const found = secrets.find(name); found != secrets.end()) values.push_back(found->second);
  }
  return Mask(values);
}

}  // namespace

Scheduler::Limits scheduler_limits(ExecutorOptions const& options) {
  return {.instances = options.max_instances, .job_losses = options.job_losses, .cleanup = options.cleanup};
}

ActiveRun::ActiveRun(Services const& services, RunId run, std::shared_ptr<Plan const> plan, Lineage lineage)
    : services_(services),
      scheduler_(run, std::move(plan), scheduler_limits(services.options)),
      lineage_(std::move(lineage)),
      mask_(mask_of(scheduler_.state().plan().workflow(), services.options.secrets)),
      timer_(services.thread),
      slots_{.wake = [this] { wake(); }},
      tasks_(services.thread) {}

RunDirectory& ActiveRun::directory() {
  if (!directory_) directory_.emplace(services_.options.data_dir, id());
  return *directory_;
}

ActiveRun::~ActiveRun() { services_.slots.leave(slots_); }

void ActiveRun::begin(Scheduler::Start start, std::optional<WriteOp> create, Timestamp time) {
  first_ = [this, start = std::move(start), create = std::move(create), time](Turn& turn) mutable {
    turn.now = time;
    if (create) turn.also.push_back(std::move(*create));
    scheduler_.begin(std::move(start), turn.now, turn.decision);
  };
}

void ActiveRun::resume(std::vector<Event> const& log) {
  directory_left_ = true;
  for (auto const& event : log) {
    if (event.type != EventType::other) scheduler_.apply(event.payload, event.time);
    raise_system_time(event.time);
  }
  first_ = [this](Turn& turn) {
    scheduler_.resume(turn.now, turn.decision);
    scheduler_.elapse(turn.now, turn.decision);
  };
}

Awaitable<Result<void>> ActiveRun::begun() {
  auto const reply = begun_;
  co_return co_await reply->wait();
}

Awaitable<Result<void>> ActiveRun::request(Request request) {
  auto const reply = std::make_shared<Reply>();
  ask(std::move(request), [reply](Result<void> const& result) { reply->give(result); });
  co_return co_await reply->wait();
}

void ActiveRun::ask(Request request, std::function<void(Result<void> const&)> stored) {
  happen(Asked{std::move(request), std::move(stored)});
  if (over_) refuse_requests();
}

void ActiveRun::attempt_ended(Attempt const& attempt, AttemptResult result) {
  hide_secrets(result);
  happen(Ended{attempt.step, attempt.number, std::move(result)});
  forget_attempt(attempt);
}

void ActiveRun::forget_attempt(Attempt const& attempt) {
  auto const step = attempt.step;
  attempts_.erase(step);
  jobs_.erase(step);
}

void ActiveRun::Reply::give(Result<void> result) {
  if (result_) return;
  result_ = std::move(result);
  waiter_->wake();
}

Awaitable<Result<void>> ActiveRun::Reply::wait() {
  if (!co_await waiter_->wait()) throw_cancelled();
  co_return *result_;
}

void ActiveRun::stop() {
  stopping_ = true;
  wake();
}

void ActiveRun::end_commands() {
  for (auto const& [step, attempt] : attempts_) {
    if (attempt->holds_slot) attempt->end(Attempt::Ending::shutdown);
  }
}

Awaitable<> ActiveRun::drive() {
  std::exception_ptr thrown;
  try {
    co_await take_turns();
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  tasks_.cancel();
  co_await tasks_.join();
  over_ = true;
  orders_.clear();
  for (auto const& [step, job] : jobs_) job->detach();
  begun_->give(fail(Errc::closed, "the server is going"));
  refuse_requests();
  if ((directory_made_ || directory_left_) && has_ended(scheduler_.state().status())) directory().remove_if_empty();
  if (thrown) std::rethrow_exception(thrown);
}

Awaitable<> ActiveRun::take_turns() {
  Turn turn{scheduler_, system_time(), {}, {}};
  std::exchange(first_, nullptr)(turn);  // which may hold a large definition
  while (true) {
    start_ready(turn);
    auto const stored = co_await store(turn);
    answer(stored);
    if (!stored) {
      give_back_slots(turn);
      co_return report(stored.error());
    }
    act(turn);
    turn.decision = {};  // now, as the wait may be long
    if (is_over()) co_return;
    co_await until_something_happens();
    take_what_happened(turn);
  }
}

Awaitable<> ActiveRun::until_something_happens() {
  while (inbox_.empty() && !std::exchange(poked_, false)) {
    if (auto const due = scheduler_.next_due()) {
      auto const wait = std::min(longest_sleep, *due - system_time());
      if (wait <= Millis{0}) co_return;
      timer_.expires_after(wait);
    } else {
      timer_.expires_at(asio::steady_timer::time_point::max());
    }
    co_await timer_.async_wait(as_tuple);
  }
}

void ActiveRun::wake() {
  poked_ = true;
  timer_.cancel();
}

void ActiveRun::happen(Happening happening) {
  inbox_.push_back(std::move(happening));
  wake();
}

void ActiveRun::take_what_happened(Turn& turn) {
  turn.now = system_time();
  poked_ = false;
  for (auto& happening : std::exchange(inbox_, {})) {
    if (auto* asked = std::get_if<Asked>(&happening)) {
      auto result = asked->request(turn);
      decided_.emplace_back(std::move(asked->answer), std::move(result));
    } else {
      auto& ended = std::get<Ended>(happening);
      if (scheduler_.state().step(ended.step).attempt == ended.attempt) {
        scheduler_.ended(ended.step, std::move(ended.result), turn.now, turn.decision);
      }
    }
  }
  scheduler_.elapse(turn.now, turn.decision);
}

void ActiveRun::start_ready(Turn& turn) {
  auto& slots = services_.slots;
  while (!stopping_) {
    bool const slot = slots.available(slots_);
    auto const step = scheduler_.next(slot, turn.now);
    if (step == no_step) break;
    if (claim_of(scheduler_.state().definition(step).kind()) == Claim::server_slot) slots.take(slots_);
    scheduler_.start_next(slot, turn.now, turn.decision);
    if (scheduler_.state().definition(step).kind() == StepKind::job) order_job(step, turn);
  }
  bool const wants_slot = !stopping_ && scheduler_.next(true, turn.now) != no_step;
  if (wants_slot) {
    slots.stand_in_line(slots_);
  } else {
    slots.leave(slots_);
  }
}

// Of steps that will not begin, as what the turn decided is not stored.
void ActiveRun::give_back_slots(Turn const& turn) {
  for (auto const step : turn.decision.start) {
    if (claim_of(scheduler_.state().definition(step).kind()) == Claim::server_slot) services_.slots.give_back();
  }
}

// A worker that waits for such a job is named in the transaction that submits it, so that it waits for the disk once.
void ActiveRun::order_job(StepIndex step, Turn& turn) {
  auto order = job_order(scheduler_.state(), step);
  if (!order.fault) order.reservation = services_.queue.reserve(*order.spec);
  if (auto const& worker = order.reservation) {
    scheduler_.job_assigned(step, worker->worker(), worker->machine(), turn.now, turn.decision);
  }
  orders_.insert_or_assign(step, std::move(order));
}

Awaitable<Result<void>> ActiveRun::store(Turn& turn) {
  if (turn.decision.events.empty() && turn.also.empty()) co_return Result<void>{};
  if (auto rows = job_rows(scheduler_.state(), orders_, turn.decision.events, turn.now)) {
    turn.also.push_back(std::move(rows));
  }
  std::vector<EventDraft> drafts;
  drafts.reserve(turn.decision.events.size());
  for (auto& event : turn.decision.events) drafts.push_back(encode(std::move(event), turn.now));
  if (turn.also.empty()) {
    auto const seqs = co_await services_.store.append(id(), std::move(drafts));
    if (!seqs) co_return seqs.error();
    co_return Result<void>{};
  }
  auto const shared = std::make_shared<std::vector<EventDraft>>(std::move(drafts));
  co_return co_await services_.store.write(
      [run = id(), also = std::move(turn.also), shared](WriteTx& tx) -> Result<void> {
        for (auto const& op : also) {
          if (auto done = op(tx); !done) return done;
        }
        for (auto& draft : *shared) {  // append() leaves it whole, for when this is called again
          if (auto seq = tx.append(run, std::move(draft)); !seq) return seq.error();
        }
        return {};
      });
}

void ActiveRun::answer(Result<void> const& stored) {
  begun_->give(stored);
  for (auto& [reply, result] : std::exchange(decided_, {})) reply(stored ? result : stored);
}

void ActiveRun::report(Error const& error) {
  if (scheduler_.state().status() == RunStatus::pending) return;  // whoever wanted to begin it is told
  services_.console.log(Level::error, fmt::format("run {} stands still: {}", id().str(), error.message));
}

void ActiveRun::act(Turn const& turn) {
  for (auto const step : turn.decision.start) begin_attempt(step);
  for (auto const step : turn.decision.end) {
    auto const found = attempts_.find(step);
    if (found == attempts_.end()) continue;
    auto const attempt = found->second;
    attempt->end(Attempt::Ending::cancelled);
  }
}

void ActiveRun::begin_attempt(StepIndex step) {
  auto const& state = scheduler_.state();
  auto const kind = state.definition(step).kind();
  auto const attempt = std::make_shared<Attempt>();
  attempt->step = step;
  attempt->step_id = state.id(step);
  attempt->number = state.step(step).attempt;
  attempt->holds_slot = claim_of(kind) == Claim::server_slot;
  if (attempt->holds_slot) ++commands_;
  attempts_[step] = attempt;
  if (kind == StepKind::job) {
    auto const job = std::make_shared<JobAttempt>(services_, *this, attempt);
    jobs_[step] = job;
    auto order = orders_.extract(step);
    job->begin(order ? std::move(order.mapped()) : job_order(state, step));
  } else {
    tasks_.spawn(work(attempt));
  }
}

bool ActiveRun::is_over() const {
  return has_ended(scheduler_.state().status()) || (stopping_ && commands_ == 0 && inbox_.empty());
}

void ActiveRun::refuse_requests() {
  auto const error = has_ended(scheduler_.state().status()) ? fail(Errc::conflict, "the run has ended")
                                                            : fail(Errc::closed, "the server is going");
  for (auto& [reply, result] : std::exchange(decided_, {})) reply(error);
  for (auto& happening : std::exchange(inbox_, {})) {
    if (auto* asked = std::get_if<Asked>(&happening)) asked->answer(error);
  }
}

}  // namespace runcast
