#include <catch2/catch.hpp>

#include <thread>

#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

TEST_CASE("a run's events are numbered from 1 without a gap") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  CHECK(append(*store, run, drafts(run_start(), line("a"))) == std::vector<std::uint64_t>{1, 2});
  CHECK(append(*store, run, drafts(line("b"))) == std::vector<std::uint64_t>{3});
}

TEST_CASE("the numbers go on after a restart") {
  TempDir dir;
  RunId run;
  std::uint64_t last_id = 0;
  {
    auto const store = open_store(dir.path());
    run = create_run(*store);
    append(*store, run, lines(5));
    last_id = store->last_id();
  }
  auto const store = open_store(dir.path());
  CHECK(store->last_id() == last_id);
  CHECK(append(*store, run, lines(1)) == std::vector<std::uint64_t>{6});
  CHECK(store->last_id() == last_id + 1);
}

TEST_CASE("many writers on several threads leave every log whole, and ids in the order of the commits") {
  TempDir dir;
  auto const store = open_store(dir.path());
  Recorder const told(*store);
  std::vector<RunId> runs;
  for (int i = 0; i < 4; ++i) runs.push_back(create_run(*store));

  std::vector<std::thread> writers;
  for (std::size_t writer = 0; writer < 8; ++writer) {
    writers.emplace_back([&, writer] {
      for (std::size_t i = 0; i < 50; ++i) append(*store, runs[(writer + i) % runs.size()], lines(1 + i % 3));
    });
  }
  for (auto& writer : writers) writer.join();

  for (auto const& run : runs) {
    auto const stored = texts(*store, run);
    CHECK(stored == told.texts(run));
    for (std::size_t i = 0; i < stored.size(); ++i) {
      REQUIRE(number_in(stored[i], "seq") == static_cast<std::int64_t>(i + 1));
    }
  }
  auto const ids = told.ids();
  REQUIRE(ids.size() == 8 * 99);
  for (std::size_t i = 0; i < ids.size(); ++i) REQUIRE(ids[i] == i + 1);
}

TEST_CASE("nothing is appended after the end of a run") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  append(*store, run, drafts(run_start(), run_complete()));
  SECTION("not now") {
    auto const refused = await(store->append(run, lines(1)));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == Errc::conflict);
  }
  SECTION("and not in the same append") {
    auto const other = create_run(*store);
    auto const refused = await(store->append(other, drafts(run_complete(), line("late"))));
    REQUIRE(refused.has_error());
    CHECK(texts(*store, other).empty());
  }
  SECTION("and a post of it is counted, not stored") {
    CHECK(await(store->post(run, lines(1))).has_value());
    create_run(*store);  // done after the post before it
    CHECK(store->refused_posts() == 1);
    CHECK(texts(*store, run).size() == 2);
  }
}

TEST_CASE("an append to a run that does not exist is refused") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const refused = await(store->append(new_run_id(), lines(1)));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::not_found);
  CHECK(store->healthy());
}

TEST_CASE("the last event of a run carries its own seq as lastSeq") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  append(*store, run, drafts(run_start(), line("a"), run_complete()));
  auto const last = texts(*store, run).back();
  CHECK(last.find(R"("lastSeq":3)") != std::string::npos);
}

TEST_CASE("posts keep their order with the later writes of the same caller") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  auto const work = [&]() -> Awaitable<std::vector<std::uint64_t>> {
    for (int i = 0; i < 10; ++i) (co_await store->post(run, lines(10))).value();
    co_return (co_await store->append(run, drafts(run_complete()))).value();
  };
  CHECK(await(work()) == std::vector<std::uint64_t>{101});
}

TEST_CASE("a time that is older than the log's last is raised to it") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  auto early = line("early");
  auto late = line("late");
  late.time = early.time + Millis(1000);
  early.time -= Millis(1000);
  append(*store, run, drafts(late, early));
  auto const stored = texts(*store, run);
  CHECK(number_in(stored[0], "timestamp") == number_in(stored[1], "timestamp"));
}

TEST_CASE("what belongs to no run has a log of its own") {
  TempDir dir;
  auto const store = open_store(dir.path());
  EventDraft draft;
  draft.type_name = "worker_connected";
  draft.time = system_time();
  draft.payload = R"({"workerId":"w1"})";
  CHECK(append(*store, system_log, drafts(draft, draft)) == std::vector<std::uint64_t>{1, 2});
  auto const stored = texts(*store, system_log);
  REQUIRE(stored.size() == 2);
  CHECK(stored[0].find("runId") == std::string::npos);
  CHECK(await(store->append(system_log, drafts(run_complete()))).has_error());
}

TEST_CASE("the sink is given exactly the bytes that are stored, a long batch in several segments") {
  TempDir dir;
  auto const store = open_store(dir.path());
  Recorder const told(*store);
  auto const run = create_run(*store);
  auto all = lines(2000, "a longer line of output, number ");
  all.push_back(line(std::string(200'000, 'x')));  // larger than any segment
  all.push_back(run_complete());
  append(*store, run, std::move(all));

  CHECK(told.texts(run) == texts(*store, run));
  auto const commit = told.commits().back();
  CHECK(commit->runs.size() > 3);
  CHECK(commit->last_id == store->last_id());
  for (std::size_t i = 0; i < commit->runs.size(); ++i) {
    CHECK(commit->runs[i].ended == (i + 1 == commit->runs.size()));
    for (auto const& frame : commit->runs[i].segment->frames()) {
      if (static_cast<EventType>(frame.type) != EventType::step_log) continue;
      REQUIRE(commit->runs[i].segment->step(frame) == "compile");
    }
  }
}

TEST_CASE("the sink is given what events say, as it would be read from their texts") {
  TempDir dir;
  auto const store = open_store(dir.path());
  Recorder const told(*store);
  auto const run = create_run(*store);
  auto late = step_start("compile");
  late.time = system_time() + Millis(1000);
  auto all = lines(3);
  all.insert(all.begin(), {run_start(), late});
  all.push_back(run_complete());
  append(*store, run, std::move(all));

  auto const commit = told.commits().back();
  REQUIRE(commit->runs.size() == 1);
  auto const& committed = commit->runs.front();
  auto value = committed.values.begin();
  for (auto const& frame : committed.segment->frames()) {
    auto const event = decode_event(committed.segment->json(frame)).value();
    if (event.type == EventType::step_log) continue;
    REQUIRE(value != committed.values.end());
    CHECK(value->seq == event.seq);
    CHECK(value->id == event.id);
    CHECK(value->time == event.time);
    CHECK(to_json(*value->payload) == to_json(event.payload));
    ++value;
  }
  CHECK(value == committed.values.end());
}

TEST_CASE("a producer that brings more than the queue holds is let through, in turn") {
  TempDir dir;
  StoreOptions options;
  options.data_dir = dir.path();
  options.queue_events = 4;
  options.queue_bytes = 1000;
  auto const store = Store::open(options).value();
  auto const run = create_run(*store);
  auto const work = [&]() -> Awaitable<> {
    for (int i = 0; i < 20; ++i) (co_await store->post(run, lines(10))).value();
    (co_await store->append(run, drafts(run_complete()))).value();
  };
  await(work());
  CHECK(texts(*store, run).size() == 201);
}

TEST_CASE("a write after the stop is refused") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  store->stop();
  auto const refused = await(store->append(run, lines(1)));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Errc::closed);
}
