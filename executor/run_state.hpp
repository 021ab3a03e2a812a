#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/deque.hpp>
#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "executor/plan.hpp"
#include "model/event.hpp"
#include "model/job.hpp"

namespace runcast {

inline constexpr StepIndex no_step = std::numeric_limits<StepIndex>::max();

// Why a run was told to stop: `reason` of cancel_requested.
namespace stop_reason {
inline constexpr std::string_view requested = "requested";  // somebody asked
inline constexpr std::string_view parent = "parent";        // the step that started it was ended
inline constexpr std::string_view replaced = "replaced";    // a newer run of its concurrency group takes its place
inline constexpr std::string_view timeout = "timeout";      // the workflow's own time was up
inline constexpr std::string_view cleanup = "cleanup";      // the time for `if: always` after a stop was up
}  // namespace stop_reason

// What a step takes up while it runs. An approval waits for a person and takes nothing; a delay or a child run counts
// towards the run's maxParallel; a command or a request counts towards the server's as well.
enum class Claim : std::uint8_t { nothing, run_slot, server_slot };
Claim claim_of(StepKind kind);

// Everything that a run's log says about it: a fold over its events, and nothing else. No clock, no I/O. What happens
// next follows from it (see Scheduler), so the same log always leads to the same decisions. One thread at a time.
//
// An event costs O(1) amortised over the run: needs are counted down, nothing is searched for.
class RunState {
 public:
  enum class Phase : std::uint8_t {
    waiting,   // for what it needs, or for its layer
    ready,     // may start as soon as there is room
    settling,  // ends, or is expanded, without an attempt: see Settlement
    running,   // an attempt is under way; or, of a matrix step, its instances
    retrying,  // waits for `due`, and is ready then
    ended,
  };

  // A job while it is one: from its first submission to the step's end.
  struct Job {
    JobStatus status = JobStatus::pending;
    std::string worker = {};  // that has it
    Timestamp submitted{};    // for the first time
  };

  // Steps are numbered as in the definition; the instances of matrix steps follow as they come up.
  struct Step {
    Phase phase = Phase::waiting;
    StepStatus status = StepStatus::pending;
    bool ancestor_failed = false;        // for `if: failure`
    int attempt = 0;                     // the newest; 0: none yet
    int interrupted = 0;                 // of the attempts, those that do not count
    std::uint32_t unmet = 0;             // needs that have not ended, and the layer's barrier
    StepIndex base = no_step;            // the definition's step that it is, or is an instance of
    StepIndex blocked_by = no_step;      // the first need that did not succeed
    StepIndex first_instance = no_step;  // of a matrix step, once expanded
    std::uint32_t instances = 0;
    std::uint32_t open_instances = 0;
    std::uint64_t turn = 0;  // of its newest entry, while ready or settling
    Timestamp started{};     // of the newest attempt
    Timestamp due{};         // while retrying, or while a delay or an approval runs that has an end
    std::shared_ptr<std::string const> stopping;   // why its attempt is to end, if it is
    std::unique_ptr<boost::json::object> matrix;   // of an instance
    std::unique_ptr<boost::json::object> outputs;  // once ended, if any
    std::unique_ptr<RunId> child;                  // the run that its newest attempt started
    std::unique_ptr<Job> job;                      // of a `job` step that was submitted
  };

  // What is due for a step without an attempt: to end so, or to be expanded into its instances.
  struct Settlement {
    StepIndex step = no_step;
    bool expand = false;
    StepStatus status = StepStatus::skipped;
    std::string error = {};
    std::uint64_t turn = 0;
  };

  RunState(RunId run, std::shared_ptr<Plan const> plan);

  // Takes in one event of the run's log, in the order of the log.
  void apply(EventPayload const& payload, Timestamp at);

  // Makes ready what has waited long enough for its next attempt. No event tells of it, as the time itself does;
  // apply() does the same first.
  void advance(Timestamp now);

  RunId const& run() const { return run_; }
  Plan const& plan() const { return *plan_; }
  RunStatus status() const { return status_; }
  boost::json::object const& inputs() const { return inputs_; }
  Timestamp started() const { return started_; }
  std::string const& started_by() const { return started_by_; }

  std::size_t size() const { return steps_.size(); }
  Step const& step(StepIndex index) const { return steps_[index]; }
  runcast::Step const& definition(StepIndex index) const { return plan_->workflow().steps[steps_[index].base]; }
  std::string id(StepIndex index) const;      // `shards[1]`, of an instance
  StepIndex find(std::string_view id) const;  // no_step where there is none
  bool is_instance(StepIndex index) const { return steps_[index].base != index; }
  bool is_matrix(StepIndex index) const { return !is_instance(index) && definition(index).matrix.has_value(); }

  // Of steps of kind `job`. The mark tells how the job stands now.
  JobKey job_key(StepIndex index) const;
  events::JobMark job_mark(StepIndex index) const;

  std::size_t open() const { return open_; }        // the definition's steps that have not ended
  std::size_t running() const { return running_; }  // steps that take a run slot
  StepIndex first_failed() const { return first_failed_; }
  std::size_t failed() const { return failed_; }        // steps that failed, without continueOnError
  std::size_t cancelled() const { return cancelled_; }  // steps that were cancelled

  // The step whose turn it is to start; no_step while none may. `server_slot` tells whether the server has one.
  StepIndex next_ready(bool server_slot);
  // The oldest settlement that is still due.
  Settlement const* next_settlement();
  // A running delay or approval whose time has come by `now`.
  StepIndex next_elapsed(Timestamp now);
  // When advance() or next_elapsed() will next have something; absent: never by themselves.
  std::optional<Timestamp> next_due();

  // Why the run is to stop; empty while it is not.
  std::string const& stopping() const { return stopping_; }
  Timestamp stop_asked() const { return stop_asked_; }
  bool cleanup_is_over() const { return cleanup_is_over_; }

 private:
  struct Ready {
    std::uint64_t turn;
    StepIndex step;
  };
  struct Due {
    Timestamp at;
    StepIndex step;
    friend auto operator<=>(Due const&, Due const&) = default;
  };
  // Boost's, as one that is empty has allocated nothing, and there may be ten thousand runs.
  template <class T>
  using Deque = boost::container::deque<T>;
  using DueQueue = std::priority_queue<Due, std::vector<Due>, std::greater<>>;

  void on(events::RunStart const& event, Timestamp at);
  void on(events::StepStart const& event, Timestamp at);
  void on(events::StepRetry const& event, Timestamp at);
  void on(events::StepComplete const& event, Timestamp at);
  void on(events::CancelRequested const& event, Timestamp at);
  void on(events::ChildStarted const& event, Timestamp at);
  void on(events::MatrixExpanded const& event, Timestamp at);
  void on(events::JobSubmitted const& event, Timestamp at);
  void on(events::JobAssigned const& event, Timestamp at);
  void on(events::JobStarted const& event, Timestamp at);
  void on(events::RunComplete const& event, Timestamp at);
  // The rest is for those who watch, and what follows from it is logged besides; or it is in the system's log.
  void on(auto const&, Timestamp) {}

  std::optional<Timestamp> own_end(StepIndex index) const;
  void end_attempt(StepIndex index);
  void count(StepIndex index);
  void end_instance(StepIndex index);
  void tell_dependents(StepIndex index);
  void end_in_layer(std::uint32_t layer);
  void meet(StepIndex index);
  void decide_fate(StepIndex index);
  void make_ready(StepIndex index);
  void settle(Settlement settlement);
  bool is_stopped(StepIndex index) const;
  void stop_step(StepIndex index, std::shared_ptr<std::string const> const& why);
  bool failed_for_good(StepIndex index) const;
  boost::json::object instance_outputs(Step const& matrix) const;
  std::size_t output_names(Step const& matrix) const;
  std::string skip_reason(StepIndex index) const;
  template <class Valid>
  static void drop_stale(DueQueue& queue, Valid valid);

  RunId run_;
  std::shared_ptr<Plan const> plan_;
  RunStatus status_ = RunStatus::pending;
  boost::json::object inputs_;
  Timestamp started_{};
  std::string started_by_;

  Deque<Step> steps_;
  std::size_t open_ = 0;
  std::size_t running_ = 0;
  std::size_t failed_ = 0;
  std::size_t cancelled_ = 0;
  StepIndex first_failed_ = no_step;

  // Each of these may hold entries that are over; they are passed over when their turn comes.
  std::array<Deque<Ready>, 3> ready_;  // by Claim
  std::uint64_t turns_ = 0;
  Deque<Settlement> settlements_;
  DueQueue retries_;
  DueQueue timers_;

  std::vector<std::size_t> open_in_layer_;
  std::size_t barrier_ = 0;  // of a run by layers: the layer whose steps may start

  std::string stopping_;
  std::shared_ptr<std::string const> stop_error_;
  Timestamp stop_asked_{};
  bool cleanup_is_over_ = false;
};

}  // namespace runcast
