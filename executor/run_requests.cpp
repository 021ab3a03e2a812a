// What is asked of runs: from outside, and by the steps of others.
#include <fmt/format.h>

#include "executor/replay.hpp"
#include "executor/rerun.hpp"
#include "executor/runs.hpp"
#include "model/definition.hpp"
#include "model/inputs.hpp"
#include "store/store.hpp"

namespace runcast {

Awaitable<Result<void>> Runs::cancel(RunId run, std::string step, std::string by, std::string_view reason) {
  co_await until_started(run);
  if (auto const found = active_.find(run); found != active_.end()) {
    auto const active = found->second;
    co_return co_await active->request(
        [&](ActiveRun::Turn& turn) { return turn.scheduler.cancel(step, by, reason, turn.now, turn.decision); });
  }
  if (!admission_.waits(run)) co_return co_await why_not_active(run);
  if (!step.empty()) co_return fail(Errc::conflict, "the run has not begun");
  co_return co_await cancel_waiting(run, by, reason);
}

// It begins and ends in one transaction.
Awaitable<Result<void>> Runs::cancel_waiting(RunId run, std::string by, std::string_view reason) {
  leave(run);
  auto const row = co_await store_.run(run);
  if (!row) co_return row.error();
  auto launch = co_await stored_launch(*row);
  if (!launch) co_return launch.error();
  auto const now = system_time();
  Scheduler scheduler(run, launch->plan);
  Decision decision;
  scheduler.begin(std::move(launch->start), now, decision);
  for (auto const why : {reason, stop_reason::cleanup}) {
    if (auto done = scheduler.cancel({}, by, why, now, decision); !done) co_return done;
  }
  std::vector<EventDraft> drafts;
  for (auto& event : decision.events) drafts.push_back(encode(std::move(event), now));
  auto const stored = co_await store_.append(run, std::move(drafts));
  if (!stored) co_return stored.error();
  wake_all(watchers_, run);
  co_return Result<void>{};
}

Awaitable<Error> Runs::why_not_active(RunId run) {
  auto const row = co_await store_.run(run);
  if (!row) co_return row.error();
  if (has_ended(row->status)) co_return fail(Errc::conflict, "the run has ended");
  co_return fail(Errc::busy, "the run is just beginning or ending");
}

Awaitable<Result<void>> Runs::approve(RunId run, std::string step, bool approved, std::string by,
                                      std::optional<std::string> comment) {
  co_await until_started(run);
  auto const found = active_.find(run);
  if (found == active_.end()) {
    if (admission_.waits(run)) co_return fail(Errc::conflict, "the run has not begun");
    co_return co_await why_not_active(run);
  }
  auto const active = found->second;
  co_return co_await active->request([&](ActiveRun::Turn& turn) {
    return turn.scheduler.decide_approval(step, approved, by, comment, turn.now, turn.decision);
  });
}

Awaitable<Result<RunId>> Runs::rerun(RunId run, std::string by, std::string key, std::string fingerprint) {
  if (!key.empty()) {
    auto const earlier = co_await recall(key, fingerprint);
    if (!earlier) co_return earlier.error();
    if (*earlier) co_return **earlier;
  }
  auto row = co_await store_.run(run);
  if (!row) co_return row.error();
  if (!has_ended(row->status)) co_return fail(Errc::conflict, "the run has not ended");
  row->parent_run.clear();
  row->parent_step.clear();
  auto launch = co_await stored_launch(*row);
  if (!launch) co_return launch.error();
  if (row->imported) {
    if (auto followed = co_await follows_the_rules(run, launch->plan); !followed) co_return followed.error();
  }
  auto kept = co_await kept_from(run, launch->plan);
  if (!kept) co_return kept.error();
  if (kept->size() == launch->plan->size()) co_return fail(Errc::conflict, "every step of the run has succeeded");
  launch->start.kept = std::move(*kept);
  launch->start.started_by = started_by_rerun(run, by);
  launch->idempotency_key = std::move(key);
  launch->fingerprint = std::move(fingerprint);
  co_return co_await this->launch(std::move(*launch));
}

// Folding a log trusts it. One that was made elsewhere, perhaps by hand, has to earn that.
Awaitable<Result<void>> Runs::follows_the_rules(RunId run, std::shared_ptr<Plan const> plan) {
  auto const log = co_await store_.read_lifecycle(run);
  if (!log) co_return log.error();
  auto const difference = replay(run, plan, *log, scheduler_limits(options_));
  if (!difference) co_return Result<void>{};
  co_return fail(Errc::conflict, fmt::format("the imported log does not follow from this server's rules (seq {}); see "
                                             "`runcast replay`",
                                             difference->seq));
}

Awaitable<Result<Launch>> Runs::prepare_child(ActiveRun const& parent, std::string parent_step, std::string name,
                                              boost::json::object inputs) {
  auto const parent_run = parent.id();
  auto lineage = parent.lineage().child_of(parent.state().plan().workflow());
  if (lineage.depth > options_.max_child_depth) {
    co_return fail(Errc::too_large, fmt::format("runs start runs more than {} deep", options_.max_child_depth));
  }
  auto row = co_await store_.workflow(name);
  if (!row) co_return fail(row.error().code, fmt::format("workflow '{}': {}", name, row.error().message));
  auto const plan = plans_.plan_of(row->definition_json);
  if (!plan) co_return fail(Errc::invalid, fmt::format("workflow '{}' is not valid any more", name));
  if (auto const refused = why_refused((*plan)->workflow())) {
    co_return fail(refused->code, fmt::format("workflow '{}': {}", name, refused->message));
  }
  auto checked = check_inputs((*plan)->workflow().inputs, inputs);
  if (!checked) {
    auto const fault = checked.error().front();
    co_return fail(Errc::invalid, fmt::format("workflow '{}': {}: {}", name, fault.pointer, fault.message));
  }
  Launch launch;
  launch.id = RunId(next_ulid());
  launch.plan = *plan;
  launch.definition_json = std::move(row->definition_json);
  launch.start = {std::move(*checked), row->version, fmt::format("run {}", parent_run.str()), {}};
  launch.parent_run = parent_run.str();
  launch.parent_step = std::move(parent_step);
  launch.lineage = std::move(lineage);
  co_return launch;
}

void Runs::adopt(Launch launch) {
  auto group = launch.lineage.group_of(launch.plan->workflow());
  // It is stored already, so it is too late to refuse it.
  if (group && group->on_conflict == Concurrency::OnConflict::refuse)
    group->on_conflict = Concurrency::OnConflict::queue;
  auto const id = launch.id;
  auto const answer = admission_.enter(id, group, false);
  cancel_replaced(answer.cancel, id);
  if (answer.verdict == Admission::Verdict::start && !closed_) begin(std::move(launch), std::nullopt);
}

Awaitable<Result<RunStatus>> Runs::ended(RunId run) {
  auto const waiter = watchers_[run].emplace_back(std::make_shared<Waiter>());
  auto row = co_await store_.run(run);
  if (row && !has_ended(row->status)) {
    if (!co_await waiter->wait()) throw_cancelled();
    row = co_await store_.run(run);
  }
  if (auto const found = watchers_.find(run); found != watchers_.end()) {
    std::erase(found->second, waiter);
    if (found->second.empty()) watchers_.erase(found);
  }
  if (!row) co_return row.error();
  co_return row->status;
}

void Runs::cancel_child(RunId child, RunId parent) {
  tasks_.spawn(cancel_quietly(child, fmt::format("run {}", parent.str()), stop_reason::parent));
}

void Runs::cancel_replaced(std::vector<RunId> const& runs, RunId by) {
  for (auto const run : runs) {
    tasks_.spawn(cancel_quietly(run, fmt::format("run {}", by.str()), stop_reason::replaced));
  }
}

// One that has ended meanwhile is as good.
Awaitable<> Runs::cancel_quietly(RunId run, std::string by, std::string_view reason) {
  co_await cancel(run, {}, std::move(by), reason);
}

}  // namespace runcast
