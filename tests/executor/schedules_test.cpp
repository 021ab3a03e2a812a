#include <atomic>
#include <future>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/executor/executor_world.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

// A clock that stands still until it is set, and the executor's options that go by it.
class Clock {
 public:
  ExecutorOptions options() {
    ExecutorOptions options;
    options.now = [time = time_] { return from_epoch_ms(*time); };
    options.look_at_clock = 2ms;
    return options;
  }
  Timestamp now() const { return from_epoch_ms(*time_); }
  void pass(Millis span) { *time_ += span.count(); }

 private:
  // The beginning of a day.
  std::shared_ptr<std::atomic<std::int64_t>> time_ =
      std::make_shared<std::atomic<std::int64_t>>(to_epoch_ms(std::chrono::ceil<std::chrono::days>(system_time())));
};

void put(ExecutorWorld& world, Clock const& clock, std::string const& name, std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  await(world.store().write([name, text, now = clock.now()](WriteTx& tx) -> Result<void> {
    auto const version = tx.put_workflow(name, text, now);
    if (!version) return version.error();
    return {};
  })).value();
  await(world.executor().workflow_changed(name));
}

std::string definition(std::string const& schedules, std::string const& more = "") {
  return "{'name':'tick'," + more + "'on':{'schedule':[" + schedules + "]},'steps':[{'id':'a','run':'true'}]}";
}

std::vector<RunRow> runs(ExecutorWorld& world) { return await(world.store().runs({})).value().items; }

// Waits until there are so many runs, and a moment longer for those that must not be there.
std::vector<RunRow> until_runs(ExecutorWorld& world, std::size_t count) {
  for (int i = 0; i < 6000 && runs(world).size() < count; ++i) std::this_thread::sleep_for(10ms);
  std::this_thread::sleep_for(30ms);
  auto found = runs(world);
  REQUIRE(found.size() == count);
  return found;
}

}  // namespace

TEST_CASE("a stored workflow starts when its time comes, once, and says what started it") {
  Clock clock;
  ExecutorWorld world(clock.options());
  put(world, clock, "tick",
      definition("{'cron':'*/10 * * * *','inputs':{'n':7}}", "'inputs':{'n':{'type':'integer'}},"));
  clock.pass(9min);
  until_runs(world, 0);
  clock.pass(1min);
  auto const run = until_runs(world, 1).front();
  CHECK(run.started_by == "schedule */10 * * * *");
  CHECK(run.workflow == "tick");
  CHECK(world.until_ended(run.id) == RunStatus::succeeded);
  CHECK(world.all<events::RunStart>(run.id).front().inputs.at("n") == 7);
  world.check_replay(run.id);
  clock.pass(30s);
  until_runs(world, 1);
  clock.pass(10min);
  until_runs(world, 2);
}

TEST_CASE("a clock that is put back starts nothing twice") {
  Clock clock;
  ExecutorWorld world(clock.options());
  put(world, clock, "tick", definition("{'cron':'0 * * * *'}"));
  clock.pass(1h);
  until_runs(world, 1);
  clock.pass(-30min);
  until_runs(world, 1);
  clock.pass(30min);
  until_runs(world, 1);
  world.restart(1s);
  until_runs(world, 1);
  clock.pass(1h);
  until_runs(world, 2);
}

TEST_CASE("what was missed while no server ran is passed over, made up for once, or each time") {
  auto const [missed, expected] = GENERATE(table<std::string, std::size_t>({{"skip", 1}, {"once", 2}, {"all", 4}}));
  Clock clock;
  ExecutorWorld world(clock.options());
  put(world, clock, "tick", definition("{'cron':'0 * * * *','missed':'" + missed + "'}"));
  clock.pass(1h);
  until_runs(world, 1);
  world.abandon();
  clock.pass(3h + 10min);
  world.open();
  until_runs(world, expected);
  world.restart(1s);
  until_runs(world, expected);
}

TEST_CASE("a new version or the end of a workflow counts at once") {
  Clock clock;
  ExecutorWorld world(clock.options());
  put(world, clock, "tick", definition("{'cron':'0 * * * *'}"));
  put(world, clock, "tick", definition("{'cron':'30 * * * *'}"));
  clock.pass(29min);
  until_runs(world, 0);
  clock.pass(1min);
  CHECK(until_runs(world, 1).front().version == 2);
  await(world.store().write([](WriteTx& tx) { return tx.delete_workflow("tick", system_time()); })).value();
  await(world.executor().workflow_changed("tick"));
  clock.pass(3h);
  until_runs(world, 1);
}

TEST_CASE("two lines that say the same start two runs") {
  Clock clock;
  ExecutorWorld world(clock.options());
  put(world, clock, "tick",
      definition("{'cron':'0 * * * *'},{'cron':'0 * * * *'},{'cron':'0 * * * *','timezone':'Asia/Tokyo'}"));
  clock.pass(1h);
  until_runs(world, 3);
}

TEST_CASE("a start that its concurrency group refuses is not made up for") {
  Clock clock;
  ExecutorWorld world(clock.options());
  std::string const group = "'concurrency':{'group':'g','onConflict':'refuse'},";
  put(world, clock, "tick",
      "{'name':'tick'," + group +
          "'on':{'schedule':[{'cron':'0 * * * *','missed':'once'}]},"
          "'steps':[{'id':'a','approval':{}}]}");
  clock.pass(1h);
  auto const run = until_runs(world, 1).front().id;
  clock.pass(1h);
  until_runs(world, 1);
  await(world.executor().cancel(run, "", "tests")).value();
  world.until_ended(run);
  world.restart(1s);
  until_runs(world, 1);
}

TEST_CASE("a server that stops while a schedule's run is being stored has started it") {
  Clock clock;
  ExecutorWorld world(clock.options());
  put(world, clock, "tick", definition("{'cron':'0 * * * *'}"));
  std::promise<void> release;
  auto const held = std::async(std::launch::async, [&] {
    return await(world.store().write([until = release.get_future().share()](WriteTx&) -> Result<void> {
      until.wait();
      return {};
    }));
  });
  std::this_thread::sleep_for(30ms);
  clock.pass(1h);
  std::this_thread::sleep_for(30ms);
  auto const restarted = std::async(std::launch::async, [&world] { world.restart(10s); });
  std::this_thread::sleep_for(30ms);
  release.set_value();
  restarted.wait();
  until_runs(world, 1);
}
