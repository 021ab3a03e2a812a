#include "tests/executor/executor_world.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include <catch2/catch.hpp>

#include "executor/replay.hpp"
#include "executor/spawn/spawner.hpp"
#include "model/definition.hpp"
#include "model/inputs.hpp"

namespace runcast::testing {
namespace {

std::string with_double_quotes(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return text;
}

}  // namespace

ExecutorWorld::ExecutorWorld(ExecutorOptions options, Durability durability)
    : options_(std::move(options)), durability_(durability), null_fd_(::open("/dev/null", O_WRONLY | O_CLOEXEC)) {
  options_.data_dir = directory();
  options_.spawn_helper = spawner_beside_this_executable();
  console_ = std::make_unique<Console>(Console::Options{.fd = null_fd_});
  open();
}

ExecutorWorld::~ExecutorWorld() {
  executor_.reset();
  if (store_) store_->stop();
  logger_.reset();
  store_.reset();
  console_.reset();
  ::close(null_fd_);
}

void ExecutorWorld::open() {
  store_ = open_store(directory(), durability_);
  logger_ = std::make_unique<BroadcastStepLogger>(
      *store_, [this](std::shared_ptr<Commit const> commit) { return on_commit(std::move(commit)); }, *console_);
  executor_ = std::make_unique<Executor>(options_, *store_, *logger_, *console_);
  await(executor_->start()).value();
}

void ExecutorWorld::stop(Millis bound) {
  await(executor_->stop(bound));
  executor_.reset();
  store_->stop();
}

void ExecutorWorld::restart(Millis bound) {
  stop(bound);
  logger_.reset();
  store_.reset();
  open();
}

void ExecutorWorld::abandon() {
  executor_.reset();
  store_->stop();
  logger_.reset();
  store_.reset();
}

Awaitable<> ExecutorWorld::on_commit(std::shared_ptr<Commit const> commit) {
  {
    std::lock_guard lock(mutex_);
    for (auto const& run : commit->runs) {
      if (run.ended) ended_.insert(run.run);
    }
    ++commits_;
  }
  changed_.notify_all();
  co_return;
}

Result<RunId> ExecutorWorld::try_submit(std::string definition, boost::json::object const& inputs, std::string key) {
  definition = with_double_quotes(std::move(definition));
  Submission submission;
  submission.plan = make_plan(parse_definition_text(definition).value());
  submission.inputs = check_inputs(submission.plan->workflow().inputs, inputs).value();
  submission.definition_json = definition;
  submission.started_by = "tests";
  submission.idempotency_key = std::move(key);
  submission.fingerprint = definition;
  return await(executor_->submit(std::move(submission)));
}

RunId ExecutorWorld::submit(std::string definition, boost::json::object const& inputs, std::string key) {
  return try_submit(std::move(definition), inputs, std::move(key)).value();
}

void ExecutorWorld::store_workflow(std::string const& name, std::string definition) {
  await(store_->write([name, text = with_double_quotes(std::move(definition))](WriteTx& tx) -> Result<void> {
    auto const version = tx.create_workflow(name, text, system_time());
    if (!version) return version.error();
    return {};
  })).value();
}

RunStatus ExecutorWorld::until_ended(RunId run) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(60), [&] { return ended_.contains(run); })) {
    lock.unlock();
    for (auto const& event : events(run)) UNSCOPED_INFO(event);
    FAIL("the run does not end");
  }
  lock.unlock();
  return await(store_->run(run)).value().status;
}

void ExecutorWorld::until_logged(RunId run, std::string const& text) {
  auto const give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < give_up) {
    std::unique_lock lock(mutex_);
    auto const seen = commits_;
    lock.unlock();
    auto const texts = events(run);
    if (std::any_of(texts.begin(), texts.end(), [&](auto const& json) { return json.find(text) != json.npos; })) return;
    lock.lock();
    changed_.wait_until(lock, give_up, [&] { return commits_ != seen; });
  }
  for (auto const& event : events(run)) UNSCOPED_INFO(event);
  FAIL("never logged: " << text);
}

std::vector<std::string> ExecutorWorld::events(RunId run) {
  return await(store_->read_events(run, 0, 100'000)).value();
}

std::vector<Event> ExecutorWorld::lifecycle(RunId run) { return await(store_->read_lifecycle(run)).value(); }

std::vector<std::string> ExecutorWorld::lines(RunId run, std::string step) {
  LogQuery query;
  query.run = run;
  query.step = std::move(step);
  query.limit = 100'000;
  query.form = LogForm::line;
  std::vector<std::string> texts;
  for (auto& item : await(store_->query_logs(std::move(query))).value().items) texts.push_back(std::move(item.text));
  return texts;
}

StepStatus ExecutorWorld::status(RunId run, std::string const& step) {
  auto status = StepStatus::pending;
  for (auto const& end : all<events::StepComplete>(run)) {
    if (end.step_id == step) status = end.status;
  }
  return status;
}

void ExecutorWorld::check_replay(RunId run) {
  auto const document = await(store_->run_document(run)).value();
  auto const workflow = std::make_shared<Workflow const>(parse_definition_text(document.definition_json).value());
  auto const log = lifecycle(run);
  auto const difference = replay(run, std::make_shared<Plan const>(workflow), log);
  if (!difference) return;
  FAIL("seq " << difference->seq << "\n  decided " << difference->decided << "\n  logged  " << difference->logged);
}

}  // namespace runcast::testing
