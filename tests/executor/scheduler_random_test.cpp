#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "executor/replay.hpp"
#include "tests/executor/play.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

// Random workflows with random fates, and what holds for every one of them.
namespace {

class World {
 public:
  explicit World(unsigned seed) : random_(seed), play_(plan()) {}

  void run() {
    play_.server_slot = chance(0.8);
    play_.begin();
    check_moment();
    for (int i = 0; i < 2000 && !has_ended(play_.run_status()); ++i) {
      step();
      check_moment();
    }
    REQUIRE(has_ended(play_.run_status()));
    check_log();
    check_replay();
  }

 private:
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  std::shared_ptr<Plan const> plan() {
    max_parallel_ = chance(0.5) ? 1 + below(4) : 0;
    std::string more = chance(0.3) ? "'schedule':'layers'," : "";
    if (max_parallel_ > 0) more += fmt::format("'maxParallel':{},", max_parallel_);
    if (chance(0.1)) more += "'timeout':'20s',";
    std::string steps;
    auto const count = 1 + below(25);
    for (std::size_t i = 0; i < count; ++i) steps += (i == 0 ? "" : ",") + step_text(i);
    return plan_of_steps(steps, more);
  }

  std::string step_text(std::size_t index) {
    std::string text = fmt::format("{{'id':'s{}'", index);
    Ids needs;
    for (std::size_t i = 0; index > 0 && i < below(4); ++i) {
      auto const need = fmt::format("'s{}'", below(index));
      if (std::find(needs.begin(), needs.end(), need) == needs.end()) needs.push_back(need);
    }
    if (!needs.empty()) text += fmt::format(",'needs':[{}]", fmt::join(needs, ","));
    if (chance(0.1)) {
      text += ",'if':'failure'";
    } else if (chance(0.15)) {
      text += ",'if':'always'";
    }
    if (chance(0.2)) text += ",'continueOnError':true";
    if (chance(0.1)) text += ",'onInterrupt':'fail'";
    if (chance(0.3)) text += fmt::format(",'retry':{{'maxAttempts':3,'delay':'{}ms','jitter':0.5}}", below(3) * 500);
    if (chance(0.1)) return text + ",'delay':'1s'}";
    if (chance(0.1)) return text + ",'approval':{'message':'?'}}";
    if (chance(0.1)) text += ",'matrix':{'x':[1,2,3]}";
    if (chance(0.2)) return text + ",'job':{'type':'t'}}";
    return text + ",'run':'true'}";
  }

  void step() {
    play_.server_slot = chance(0.8);
    if (chance(0.03)) return void(play_.restart());
    if (chance(0.01)) return void(play_.cancel());
    if (chance(0.02)) return void(play_.cancel(any_step()));
    if (!play_.active.empty() && chance(0.7)) return end_one();
    if (chance(0.5)) return void(play_.pass(Millis(below(1500))));
    approve_one();
  }

  std::string any_step() {
    return play_.scheduler.state().id(static_cast<StepIndex>(below(play_.scheduler.state().size())));
  }

  void end_one() {
    auto chosen = play_.active.begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(below(play_.active.size())));
    auto const step = *chosen;
    auto const& job = play_.scheduler.state().step(step).job;
    if (job && chance(0.6)) return work_on_job(step, *job);
    play_.active.erase(chosen);
    AttemptResult result;
    if (job && chance(0.2)) {
      result = {.outcome = Outcome::interrupted, .error = "the worker is gone"};
    } else if (job && chance(0.1)) {
      result = {.outcome = Outcome::failed, .error = "useless", .retryable = false};
    } else if (chance(0.2)) {
      result = {.outcome = Outcome::failed, .exit_code = 1};
    } else if (chance(0.05)) {
      result.outcome = Outcome::timed_out;
    } else if (chance(0.3)) {
      result.outputs = {{{"n", below(10)}}};
    }
    play_.end(play_.scheduler.state().id(step), result);
  }

  void work_on_job(StepIndex step, RunState::Job const& job) {
    if (play_.scheduler.state().step(step).stopping) return;
    play_.act([&](Decision& out) {
      if (job.status == JobStatus::pending) {
        play_.scheduler.job_assigned(step, "worker", "machine", play_.now, out);
      } else if (job.status == JobStatus::assigned) {
        play_.scheduler.job_started(step, play_.now, out);
      }
    });
  }

  void approve_one() {
    auto const& state = play_.scheduler.state();
    for (StepIndex i = 0; i < state.size(); ++i) {
      if (state.definition(i).kind() == StepKind::approval && state.step(i).phase == RunState::Phase::running) {
        play_.approve(state.id(i), chance(0.8));
        return;
      }
    }
    play_.pass(Millis(100));
  }

  // What holds at every moment: few enough run, and the log alone brings back the very same state.
  void check_moment() {
    auto const& state = play_.scheduler.state();
    if (max_parallel_ > 0) REQUIRE(state.running() <= max_parallel_);
    Scheduler again(some_run(), play_.plan);
    for (auto const& event : play_.log) again.apply(event.payload, event.time);
    again.next(true, play_.now);
    play_.scheduler.next(true, play_.now);
    REQUIRE(describe(again.state()) == describe(state));
    REQUIRE(again.next_due() == play_.scheduler.next_due());
    for (bool const slot : {true, false}) REQUIRE(again.next(slot, play_.now) == play_.scheduler.next(slot, play_.now));
  }

  // What holds for the log of a run that has ended.
  void check_log() {
    std::map<std::string, int> attempts;
    std::map<std::string, StepStatus> ended;
    for (auto const& event : play_.log) {
      if (auto const* start = std::get_if<events::StepStart>(&event.payload)) {
        REQUIRE(start->attempt == ++attempts[start->step_id]);
        REQUIRE_FALSE(ended.contains(start->step_id));
        auto const base = start->step_id.substr(0, start->step_id.find('['));
        for (auto const& need : play_.scheduler.state().definition(play_.index(base)).needs) {
          REQUIRE(ended.contains(need));
        }
      } else if (auto const* end = std::get_if<events::StepComplete>(&event.payload)) {
        REQUIRE(ended.emplace(end->step_id, end->status).second);
        REQUIRE(end->attempt == attempts[end->step_id]);
        if (end->status == StepStatus::skipped) REQUIRE(end->attempt == 0);
      }
    }
    REQUIRE(ended.size() == play_.scheduler.state().size());
    REQUIRE(play_.log.back().type == EventType::run_complete);
    REQUIRE(std::count_if(play_.log.begin(), play_.log.end(),
                          [](Event const& event) { return event.type == EventType::run_complete; }) == 1);
  }

  void check_replay() {
    auto const difference = replay(some_run(), play_.plan, play_.log);
    if (!difference) return;
    FAIL("seq " << difference->seq << "\n  decided " << difference->decided << "\n  logged  " << difference->logged);
  }

  std::mt19937 random_;
  std::size_t max_parallel_ = 0;
  Play play_;
};

}  // namespace

TEST_CASE("any workflow with any fates ends once, in order and within its bounds, and its log replays to the same") {
  for (unsigned seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    World(seed).run();
  }
}
