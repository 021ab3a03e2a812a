#include "tests/store/support.hpp"

#include <stdlib.h>

#include <stdexcept>

#include <boost/json/parse.hpp>

namespace runcast::testing {

TempDir::TempDir() {
  auto pattern = (std::filesystem::temp_directory_path() / "runcast-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<Store> open_store(std::filesystem::path const& dir, Durability durability) {
  StoreOptions options;
  options.data_dir = dir;
  options.durability = durability;
  auto store = Store::open(options);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

RunId new_run_id() { return RunId(next_ulid()); }

RunId create_run(Store& store, std::string const& name) {
  NewRun run;
  run.id = new_run_id();
  run.workflow = name;
  run.definition_json = R"({"name":")" + name + R"("})";
  run.started_by = "test";
  auto const done = await(store.write([&](WriteTx& tx) { return tx.create_run(run, system_time()); }));
  if (!done) throw std::runtime_error(done.error().message);
  return run.id;
}

EventDraft line(std::string const& message, std::string const& step, Level level) {
  return encode_log(step, level, message, false, system_time());
}

EventDraft run_start() {
  events::RunStart start;
  start.workflow = "build";
  start.layers = {{"compile"}};
  start.started_by = "test";
  return encode(start, system_time());
}

EventDraft step_start(std::string const& step) {
  events::StepStart start;
  start.step_id = step;
  start.name = step;
  return encode(start, system_time());
}

EventDraft run_complete(RunStatus status) {
  events::RunComplete complete;
  complete.status = status;
  if (status == RunStatus::failed) complete.error = "a step failed";
  return encode(complete, system_time());
}

std::vector<EventDraft> lines(std::size_t count, std::string const& prefix) {
  std::vector<EventDraft> all;
  all.reserve(count);
  for (std::size_t i = 0; i < count; ++i) all.push_back(line(prefix + std::to_string(i)));
  return all;
}

std::vector<std::uint64_t> append(Store& store, RunId const& run, std::vector<EventDraft> drafts) {
  auto seqs = await(store.append(run, std::move(drafts)));
  if (!seqs) throw std::runtime_error(seqs.error().message);
  return std::move(*seqs);
}

std::vector<std::string> texts(Store& store, RunId const& run) {
  return await(store.read_events(run, 0, 10'000'000)).value();
}

std::int64_t number_in(std::string const& json, char const* member) {
  return boost::json::parse(json).at(member).to_number<std::int64_t>();
}

Recorder::Recorder(Store& store) {
  store.on_commit([this](std::shared_ptr<Commit const> commit) -> Awaitable<void> {
    std::lock_guard lock(mutex_);
    commits_.push_back(std::move(commit));
    co_return;
  });
}

std::vector<std::string> Recorder::texts(RunId const& run) const {
  std::vector<std::string> all;
  for (auto const& commit : commits()) {
    for (auto const& committed : commit->runs) {
      if (committed.run != run) continue;
      for (auto const& frame : committed.segment->frames()) all.emplace_back(committed.segment->json(frame));
    }
  }
  return all;
}

std::vector<std::uint64_t> Recorder::ids() const {
  std::vector<std::uint64_t> all;
  for (auto const& commit : commits()) {
    std::vector<std::uint64_t> of_commit;
    for (auto const& committed : commit->runs) {
      for (auto const& frame : committed.segment->frames()) {
        of_commit.push_back(static_cast<std::uint64_t>(number_in(std::string(committed.segment->json(frame)), "id")));
      }
    }
    std::sort(of_commit.begin(), of_commit.end());  // one transaction is told run by run
    all.insert(all.end(), of_commit.begin(), of_commit.end());
  }
  return all;
}

std::vector<std::shared_ptr<Commit const>> Recorder::commits() const {
  std::lock_guard lock(mutex_);
  return commits_;
}

}  // namespace runcast::testing
