// Runs that are in the store alone: from an earlier server, or because they had to wait.
#include <fmt/format.h>

#include "executor/rerun.hpp"
#include "executor/runs.hpp"
#include "logger/console.hpp"
#include "model/definition.hpp"
#include "model/json_parse.hpp"
#include "store/store.hpp"

namespace runcast {

void Runs::start_stored(RunId run) {
  starting_.try_emplace(run);
  tasks_.spawn(load_and_start(run));
}

Awaitable<> Runs::load_and_start(RunId run) {
  auto const loaded = closed_ ? Result<void>{} : co_await load(run);
  if (!loaded) co_await give_up(run, loaded.error());
  wake_all(starting_, run);
}

Awaitable<> Runs::until_started(RunId run) {
  if (auto const found = starting_.find(run); found != starting_.end()) {
    auto const waiter = found->second.emplace_back(std::make_shared<Waiter>());
    if (!co_await waiter->wait()) throw_cancelled();
  }
}

Awaitable<Result<void>> Runs::load(RunId run) {
  auto const row = co_await store_.run(run);
  if (!row) co_return row.error();
  auto launch = co_await stored_launch(*row);
  if (!launch) co_return launch.error();
  auto const log = co_await store_.read_lifecycle(run);
  if (!log) co_return log.error();
  if (closed_) co_return Result<void>{};
  if (log->empty()) {
    begin(std::move(*launch), std::nullopt);
  } else {
    auto const active = std::make_shared<ActiveRun>(services_, run, launch->plan, launch->lineage);
    active->resume(*log);
    active_.emplace(run, active);
    tasks_.spawn(carry(active));
  }
  co_return Result<void>{};
}

Awaitable<Result<Launch>> Runs::stored_launch(RunRow row) {
  auto document = co_await store_.run_document(row.id);
  if (!document) co_return document.error();
  auto const plan = plans_.plan_of(document->definition_json);
  if (!plan) {
    auto const fault = plan.error().front();
    co_return fail(Errc::invalid,
                   fmt::format("its definition is none that this server knows: {} {}", fault.pointer, fault.message));
  }
  boost::system::error_code error;
  auto inputs = parse_own_json(document->inputs_json, error);
  if (error || !inputs.is_object()) co_return fail(Errc::corrupt, "its inputs cannot be read");

  Launch launch;
  launch.id = row.id;
  launch.plan = *plan;
  launch.definition_json = std::move(document->definition_json);
  launch.start = {std::move(inputs.get_object()), row.version, row.started_by, {}};
  launch.parent_run = row.parent_run;
  launch.parent_step = row.parent_step;
  auto lineage = co_await stored_lineage(row);
  if (!lineage) co_return lineage.error();
  launch.lineage = std::move(*lineage);
  if (auto const source = repeated_run(row.started_by); source && row.parent_run.empty()) {
    auto kept = co_await kept_from(*source, launch.plan);
    if (!kept) co_return kept.error();
    launch.start.kept = std::move(*kept);
  }
  co_return launch;
}

// Of a run's ancestors, as far as they are still stored.
Awaitable<Result<Lineage>> Runs::stored_lineage(RunRow row) {
  Lineage lineage;
  for (auto parent = RunId::parse(row.parent_run); parent && lineage.depth <= options_.max_child_depth;
       parent = RunId::parse(row.parent_run)) {
    auto above = co_await store_.run(*parent);
    if (!above && above.error().code == Errc::not_found) break;
    if (!above) co_return above.error();
    auto const document = co_await store_.run_document(*parent);
    if (!document) co_return document.error();
    auto const plan = plans_.plan_of(document->definition_json);
    if (plan) lineage = lineage.child_of((*plan)->workflow());
    row = std::move(*above);
  }
  co_return lineage;
}

Awaitable<Result<Scheduler::Kept>> Runs::kept_from(RunId run, std::shared_ptr<Plan const> plan) {
  auto const log = co_await store_.read_lifecycle(run);
  if (!log) co_return log.error();
  RunState state(run, plan);
  for (auto const& event : *log) {
    if (event.type != EventType::other) state.apply(event.payload, event.time);
  }
  co_return kept_steps(state);
}

// A run that cannot be taken up would otherwise look as if it ran for ever.
Awaitable<> Runs::give_up(RunId run, Error error) {
  console_.log(Level::error, fmt::format("run {} cannot go on: {}", run.str(), error.message));
  if (error.code == Errc::io || error.code == Errc::closed) co_return;  // the store's fault, not the run's
  std::vector<EventDraft> drafts;
  drafts.push_back(
      encode(events::RunComplete{.status = RunStatus::failed, .duration = {}, .error = error.message}, system_time()));
  co_await store_.append(run, std::move(drafts));
  wake_all(watchers_, run);
  leave(run);
}

}  // namespace runcast
