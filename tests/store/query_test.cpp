#include <catch2/catch.hpp>

#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

EventDraft progress(double value) {
  events::StepProgress event;
  event.step_id = "compile";
  event.progress = value;
  return encode(event, system_time());
}

std::vector<std::string> ids(RunPage const& page) {
  std::vector<std::string> all;
  for (auto const& run : page.items) all.push_back(run.id.str());
  return all;
}

}  // namespace

TEST_CASE("a run's row follows its log") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  auto row = await(store->run(run)).value();
  CHECK(row.status == RunStatus::pending);
  CHECK(row.last_seq == 0);
  CHECK(row.first_seq == 1);
  CHECK_FALSE(row.started);

  append(*store, run, drafts(run_start(), line("a")));
  row = await(store->run(run)).value();
  CHECK(row.status == RunStatus::running);
  CHECK(row.last_seq == 2);
  CHECK(row.started);
  CHECK_FALSE(row.ended);

  append(*store, run, drafts(run_complete(RunStatus::failed)));
  row = await(store->run(run)).value();
  CHECK(row.status == RunStatus::failed);
  CHECK(row.error == "a step failed");
  CHECK(row.ended);
}

TEST_CASE("a run keeps its definition and inputs, and equal definitions are stored once") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const one = create_run(*store);
  auto const two = create_run(*store);
  CHECK(await(store->run_document(one)).value().definition_json == R"({"name":"build"})");
  CHECK(await(store->run_document(two)).value().inputs_json == "{}");
  CHECK(await(store->run_document(new_run_id())).error().code == Errc::not_found);
}

TEST_CASE("segments of history hold the stored bytes, within both bounds but one event at least") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  append(*store, run, lines(10));
  append(*store, run, drafts(line(std::string(5000, 'x'), "link", Level::warn)));
  auto const all = texts(*store, run);

  auto const few = await(store->read_segment(run, 0, 3, 1 << 20)).value().segment;
  REQUIRE(few->frames().size() == 3);
  auto const little = await(store->read_segment(run, 3, 100, 1000)).value().segment;
  CHECK(little->frames().size() < 7);
  CHECK(little->first_position() == 4);
  auto const large = await(store->read_segment(run, 10, 100, 1000)).value().segment;
  REQUIRE(large->frames().size() == 1);
  auto const& frame = large->frames()[0];
  CHECK(large->json(frame) == all[10]);
  CHECK(large->step(frame) == "link");
  CHECK(frame.level == static_cast<int>(Level::warn));
  CHECK(await(store->read_segment(run, 11, 100, 1000)).value().segment->empty());
  CHECK(await(store->read_segment(new_run_id(), 0, 1, 1)).error().code == Errc::not_found);
}

TEST_CASE("the lifecycle leaves out log lines and progress, and is in order") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  auto const other = create_run(*store);
  append(*store, other, drafts(run_start()));
  append(*store, run, drafts(run_start(), step_start("compile"), line("a"), progress(0.5), line("b"), run_complete()));
  auto const events = await(store->read_lifecycle(run)).value();
  REQUIRE(events.size() == 3);
  CHECK(events[0].type == EventType::run_start);
  CHECK(events[1].type == EventType::step_start);
  CHECK(events[2].type == EventType::run_complete);
  CHECK(events[2].seq == 6);
}

TEST_CASE("a lifecycle of many events comes whole") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  std::vector<EventDraft> starts;
  for (int i = 0; i < 5000; ++i) starts.push_back(step_start("step" + std::to_string(i)));
  append(*store, run, std::move(starts));
  auto const events = await(store->read_lifecycle(run)).value();
  REQUIRE(events.size() == 5000);
  CHECK(events.back().seq == 5000);
}

TEST_CASE("the feed gives the events of all logs but log lines, by id") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const one = create_run(*store);
  auto const two = create_run(*store);
  append(*store, one, drafts(run_start(), line("a")));
  append(*store, two, drafts(run_start()));
  EventDraft worker;
  worker.type_name = "worker_connected";
  worker.payload = "{}";
  append(*store, system_log, drafts(worker));
  append(*store, one, drafts(run_complete()));

  auto const all = await(store->read_feed(0, 100)).value();
  REQUIRE(all.size() == 4);
  CHECK(all[0].run == one);
  CHECK(all[1].run == two);
  CHECK(all[2].run == system_log);
  CHECK(all[2].type == EventType::worker_connected);
  CHECK(all[3].seq == 3);
  auto const later = await(store->read_feed(all[1].id, 1)).value();
  REQUIRE(later.size() == 1);
  CHECK(later[0].json == all[2].json);
}

TEST_CASE("runs are listed newest first, page by page, by status, workflow and time") {
  TempDir dir;
  auto const store = open_store(dir.path());
  std::vector<std::string> newest_first;
  std::vector<RunId> runs;
  for (int i = 0; i < 5; ++i) {
    runs.push_back(create_run(*store, i % 2 ? "odd" : "even"));
    newest_first.insert(newest_first.begin(), runs.back().str());
  }
  append(*store, runs[1], drafts(run_start()));
  append(*store, runs[2], drafts(run_start(), run_complete()));

  RunQuery query;
  query.limit = 2;
  std::vector<std::string> paged;
  std::optional<std::string> cursor = "";
  while (cursor) {
    query.cursor = *cursor;
    auto const page = await(store->runs(query)).value();
    for (auto const& id : ids(page)) paged.push_back(id);
    cursor = page.next_cursor;
  }
  CHECK(paged == newest_first);

  query = {};
  query.workflow = "odd";
  CHECK(ids(await(store->runs(query)).value()) == std::vector{runs[3].str(), runs[1].str()});
  query.status = RunStatus::running;
  CHECK(ids(await(store->runs(query)).value()) == std::vector{runs[1].str()});
  query = {};
  auto const created = await(store->run(runs[2])).value().created;
  query.since = created;
  query.until = created;
  CHECK(await(store->runs(query)).value().items.empty());
  query.until = created + Millis(60'000);
  CHECK_FALSE(await(store->runs(query)).value().items.empty());
  query.cursor = "not an id";
  CHECK(await(store->runs(query)).error().code == Errc::invalid);

  CHECK(await(store->unfinished_runs()).value() == std::vector{runs[0], runs[1], runs[3], runs[4]});
}
