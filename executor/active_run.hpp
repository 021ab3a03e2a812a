#pragma once

#include <unordered_map>
#include <variant>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/task_group.hpp"
#include "base/waiter.hpp"
#include "executor/attempt.hpp"
#include "executor/command_setup.hpp"
#include "executor/lineage.hpp"
#include "executor/scheduler.hpp"
#include "executor/services.hpp"
#include "executor/slots.hpp"
#include "queue/queue.hpp"
#include "store/write_tx.hpp"

namespace runcast {

class JobAttempt;

// A job as a turn submits it. Its row is written though its payload has a fault, with which the attempt then fails.
struct JobOrder {
  std::shared_ptr<JobSpec const> spec;
  std::optional<Error> fault;
  std::unique_ptr<Queue::Reservation> reservation;  // of the worker that the turn's events name already; null: none
};
using JobOrders = std::unordered_map<StepIndex, JobOrder>;

Scheduler::Limits scheduler_limits(ExecutorOptions const& options);

// One run under way. It takes in what has happened (attempts that ended, requests, time), lets the rules decide, stores
// the decision in one transaction, and only then acts on it. What happens while it stores waits for the next turn, so a
// busy run stores many decisions at once, and a step's start lies in the same transaction as the end that it waited
// for.
//
// Lives on the executor's thread.
class ActiveRun {
 public:
  // What one turn decides. `also` is done in the same transaction, before the events.
  struct Turn {
    Scheduler& scheduler;
    Timestamp now;
    Decision decision;
    std::vector<WriteOp> also;
  };
  using Request = std::function<Result<void>(Turn&)>;

  ActiveRun(Services const& services, RunId run, std::shared_ptr<Plan const> plan, Lineage lineage);
  ~ActiveRun();
  ActiveRun(ActiveRun const&) = delete;
  ActiveRun& operator=(ActiveRun const&) = delete;

  // Drives the run to its end, or until stop(). One of the two beginnings is done first.
  Awaitable<> drive();

  // A run without a log. `create` is done in the transaction of its first events.
  void begin(Scheduler::Start start, std::optional<WriteOp> create, Timestamp time);
  // A run that another server began.
  void resume(std::vector<Event> const& log);

  // Waits until the first turn is stored; its failure is the run's.
  Awaitable<Result<void>> begun();

  // Decides on a request in turn, and is done when what came of it is stored. conflict: the run has ended.
  Awaitable<Result<void>> request(Request request);
  // The same for who does not wait: `stored` is called with the answer.
  void ask(Request request, std::function<void(Result<void> const&)> stored);

  // For an attempt that no coroutine works on: it has ended; or it is taken off, and who does so tells the rules.
  void attempt_ended(Attempt const& attempt, AttemptResult result);
  void forget_attempt(Attempt const& attempt);

  // Starts nothing more; drive() ends with the last command.
  void stop();
  // Ends the commands, which are recorded as interrupted.
  void end_commands();

  RunId const& id() const { return scheduler_.state().run(); }
  Lineage const& lineage() const { return lineage_; }
  RunState const& state() const { return scheduler_.state(); }

 private:
  // An answer that a coroutine waits for; the first one counts.
  class Reply {
   public:
    void give(Result<void> result);
    Awaitable<Result<void>> wait();

   private:
    std::optional<Result<void>> result_;
    std::shared_ptr<Waiter> waiter_ = std::make_shared<Waiter>();
  };
  using Answer = std::function<void(Result<void> const&)>;
  struct Asked {
    Request request;
    Answer answer;
  };
  struct Ended {
    StepIndex step;
    int attempt;
    AttemptResult result;
  };
  using Happening = std::variant<Asked, Ended>;

  Awaitable<> take_turns();
  Awaitable<> until_something_happens();
  void take_what_happened(Turn& turn);
  void start_ready(Turn& turn);
  void give_back_slots(Turn const& turn);
  Awaitable<Result<void>> store(Turn& turn);
  void act(Turn const& turn);
  void report(Error const& error);
  void answer(Result<void> const& stored);
  bool is_over() const;
  RunDirectory& directory();
  void begin_attempt(StepIndex step);
  void order_job(StepIndex step, Turn& turn);
  Awaitable<> work(std::shared_ptr<Attempt> attempt);
  Awaitable<AttemptResult> run_attempt(std::shared_ptr<Attempt> attempt);
  Awaitable<AttemptResult> run_http_attempt(std::shared_ptr<Attempt> attempt);
  Awaitable<AttemptResult> run_command_attempt(std::shared_ptr<Attempt> attempt);
  void hide_secrets(AttemptResult& result) const;
  void happen(Happening happening);
  void wake();
  void refuse_requests();

  Services const& services_;
  Scheduler scheduler_;
  Lineage lineage_;
  Mask mask_;
  std::optional<RunDirectory> directory_;  // once it is asked for
  bool directory_made_ = false;            // by this server
  bool directory_left_ = false;            // perhaps, by an earlier one

  std::function<void(Turn&)> first_;
  std::shared_ptr<Reply> begun_ = std::make_shared<Reply>();

  std::vector<Happening> inbox_;
  std::vector<std::pair<Answer, Result<void>>> decided_;  // requests of this turn, until it is stored
  bool poked_ = false;
  asio::steady_timer timer_;

  Slots::User slots_;
  std::unordered_map<StepIndex, std::shared_ptr<Attempt>> attempts_;
  std::unordered_map<StepIndex, std::shared_ptr<JobAttempt>> jobs_;
  JobOrders orders_;          // of jobs that are being stored
  std::size_t commands_ = 0;  // attempts that hold a slot of the server
  TaskGroup tasks_;
  bool stopping_ = false;
  bool over_ = false;  // nothing is taken in any more
};

}  // namespace runcast
