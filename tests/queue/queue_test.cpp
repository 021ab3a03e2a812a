#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include "queue/job_table.hpp"
#include "queue/queue.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

// Says yes to everything, and notes it.
struct Owner : JobOwner {
  void assign(std::string worker, std::string, Stored stored) override {
    said.emplace_back("assign " + worker);
    if (hold_back) {
      kept = std::move(stored);
    } else {
      stored(answer);
    }
  }
  void start(std::vector<EventPayload> with, Stored stored) override {
    said.push_back("start" + std::string(with.empty() ? "" : " with " + std::to_string(with.size())));
    stored(answer);
  }
  void end(JobEnd end, LeaseName lease, Stored stored) override {
    said.emplace_back("end " + lease.worker + " " + end.error.value_or("well"));
    stored(answer);
  }

  std::vector<std::string> said;
  Result<void> answer;
  bool hold_back = false;
  Stored kept;
};

// A queue on a thread of its own, over a real store.
class World {
 public:
  template <class Do>
  auto on_thread(Do work) {
    return asio::co_spawn(context, work(), asio::use_future).get();
  }
  explicit World(QueueOptions options = {}) : queue(context.get_executor(), options, *store) {
    thread = std::thread([this] { context.run(); });
    on_thread([this] { return queue.start(); }).value();
  }
  ~World() {
    asio::co_spawn(context, queue.stop(), asio::use_future).get();
    guard.reset();
    thread.join();
    store->stop();
  }

  static std::shared_ptr<JobSpec const> job(std::string step) {
    JobSpec spec;
    spec.key = key(std::move(step));
    spec.id = spec.key.str();
    spec.type = "t";
    return std::make_shared<JobSpec const>(std::move(spec));
  }
  void offer(std::shared_ptr<Owner> owner, std::string step = "a", std::uint64_t token = 1, JobHolder holder = {},
             std::unique_ptr<Queue::Reservation> reservation = nullptr) {
    on_thread([&]() -> Awaitable<> {
      queue.offer(job(step), token, owner, holder, std::move(reservation));
      co_return;
    });
  }
  // Of a worker that is about to wait, on the queue's thread.
  std::unique_ptr<Queue::Reservation> reserve(std::string step) {
    auto const wanted = job(std::move(step));
    std::unique_ptr<Queue::Reservation> reservation;
    for (int i = 0; i < 1000 && !reservation; ++i) {
      on_thread([&]() -> Awaitable<> {
        reservation = queue.reserve(*wanted);
        co_return;
      });
      if (!reservation) std::this_thread::sleep_for(1ms);
    }
    return reservation;
  }
  void give_back(std::unique_ptr<Queue::Reservation> reservation) {
    on_thread([&]() -> Awaitable<> {
      reservation.reset();
      co_return;
    });
  }
  void withdraw(std::string step) {
    on_thread([&]() -> Awaitable<> {
      queue.withdraw(key(step), "it was cancelled");
      co_return;
    });
  }
  void enter(std::string worker, int concurrency = 1) {
    WorkerIntro intro;
    intro.id = intro.machine_id = std::move(worker);
    intro.concurrency = concurrency;
    await(queue.enter(intro)).value();
  }
  std::vector<JobLease> claim(std::string worker, std::size_t max = 1, Millis wait = {}) {
    return await(queue.claim({std::move(worker), {}, max, wait})).value();
  }
  static JobKey key(std::string step) { return {RunId::parse("01KAH0000000000000000000AB").value(), std::move(step)}; }
  static LeaseName lease(std::string step, std::string worker, std::uint64_t token = 1) {
    return {key(std::move(step)), std::move(worker), token};
  }

  TempDir directory;
  std::unique_ptr<Store> store = open_store(directory.path(), Durability::crash);
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(context);
  Queue queue;
  std::thread thread;
};

}  // namespace

TEST_CASE("a worker that is not registered gets no job") {
  World world;
  CHECK(await(world.queue.claim({"stranger", {}, 1, 0ms})).error().code == Errc::not_found);
}

TEST_CASE("a job goes to one worker, and a stranger to it is refused") {
  World world;
  auto const owner = std::make_shared<Owner>();
  world.enter("w1");
  world.enter("w2");
  world.offer(owner);
  auto const leases = world.claim("w1");
  REQUIRE(leases.size() == 1);
  CHECK(leases[0].token == 1);
  CHECK(world.claim("w2").empty());
  CHECK(await(world.queue.complete(World::lease("a", "w2"), {})).error().code == Errc::conflict);
  CHECK(await(world.queue.complete(World::lease("a", "w1", 2), {})).error().code == Errc::conflict);
  CHECK(await(world.queue.complete(World::lease("a", "w1"), {})).has_value());
  CHECK(await(world.queue.complete(World::lease("a", "w1"), {})).error().code == Errc::conflict);
  CHECK(owner->said == std::vector<std::string>{"assign w1", "end w1 well"});
}

TEST_CASE("a claim that waits gets the next job that comes") {
  World world;
  world.enter("w1");
  auto waiting = std::async(std::launch::async, [&] { return world.claim("w1", 1, 30s); });
  world.offer(std::make_shared<Owner>());
  CHECK(waiting.get().size() == 1);
}

TEST_CASE("a job that is stored with the worker that waits for it is in its hands at once") {
  World world;
  auto const owner = std::make_shared<Owner>();
  world.enter("w1");
  auto waiting = std::async(std::launch::async, [&] { return world.claim("w1", 1, 30s); });
  auto reservation = world.reserve("a");
  REQUIRE(reservation);
  CHECK(reservation->worker() == "w1");
  world.offer(owner, "a", 1, {"w1", false}, std::move(reservation));
  CHECK(waiting.get().size() == 1);
  CHECK(owner->said.empty());
  CHECK(await(world.queue.complete(World::lease("a", "w1"), {})).has_value());
}

TEST_CASE("a worker that was kept for a job that never came waits again") {
  World world;
  world.enter("w1");
  auto waiting = std::async(std::launch::async, [&] { return world.claim("w1", 1, 30s); });
  auto reservation = world.reserve("a");
  REQUIRE(reservation);
  CHECK(await(world.queue.workers()).at(0).jobs.size() == 1);
  world.give_back(std::move(reservation));
  CHECK(await(world.queue.workers()).at(0).jobs.empty());
  world.offer(std::make_shared<Owner>(), "b");
  auto const leases = waiting.get();
  REQUIRE(leases.size() == 1);
  CHECK(leases[0].job->key.step == "b");
}

TEST_CASE("who waits is answered when the queue stops") {
  World world;
  world.enter("w1");
  auto claiming = std::async(std::launch::async, [&] { return world.claim("w1", 1, 30s); });
  auto listening = std::async(std::launch::async, [&] { return await(world.queue.stops("w1", 30s)).value(); });
  std::this_thread::sleep_for(50ms);  // they most likely wait by then, and are answered all the same where they do not
  asio::co_spawn(world.context, world.queue.stop(), asio::use_future).get();
  CHECK(claiming.get().empty());
  CHECK(listening.get().empty());
}

TEST_CASE("a claim that waits in vain comes back empty-handed") {
  World world;
  world.enter("w1");
  CHECK(world.claim("w1", 1, 20ms).empty());
}

TEST_CASE("a worker has no more jobs than its concurrency, and gets the next one when it has room") {
  World world;
  world.enter("w1", 2);
  for (auto const* step : {"a", "b", "c"}) world.offer(std::make_shared<Owner>(), step);
  CHECK(world.claim("w1", 10).size() == 2);
  CHECK(world.claim("w1", 10).empty());
  auto waiting = std::async(std::launch::async, [&] { return world.claim("w1", 1, 30s); });
  CHECK(await(world.queue.complete(World::lease("a", "w1"), {})).has_value());
  auto const next = waiting.get();
  REQUIRE(next.size() == 1);
  CHECK(next[0].job->key.step == "c");
}

TEST_CASE("a job whose worker is silent is lost to it") {
  World world({.lease = 50ms});
  auto const owner = std::make_shared<Owner>();
  world.enter("w1");
  world.offer(owner);
  world.claim("w1");
  auto const deadline = std::chrono::steady_clock::now() + 30s;
  std::size_t said = 0;  // looked at where it is written
  while (said < 2 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(5ms);
    said = world.on_thread([&]() -> Awaitable<std::size_t> { co_return owner->said.size(); });
  }
  REQUIRE(said == 2);
  CHECK(owner->said[1] == "end w1 worker w1 has been silent for 50ms");
  CHECK(await(world.queue.complete(World::lease("a", "w1"), {})).error().code == Errc::conflict);
}

TEST_CASE("heartbeats keep a job in its worker's hands") {
  World world({.lease = 400ms});
  auto const owner = std::make_shared<Owner>();
  world.enter("w1");
  world.offer(owner);
  world.claim("w1");
  for (int i = 0; i < 12; ++i) {
    std::this_thread::sleep_for(50ms);
    REQUIRE(await(world.queue.heartbeat(World::lease("a", "w1"))).has_value());
  }
  CHECK(std::ranges::none_of(owner->said, [](std::string const& said) { return said.starts_with("end"); }));
}

TEST_CASE("what a worker says first is stored with its job's start, unless the start went before") {
  World world;
  auto const owner = std::make_shared<Owner>();
  world.enter("w1");
  world.offer(owner);
  world.claim("w1");
  auto const name = World::lease("a", "w1");
  SECTION("progress") {
    CHECK(await(world.queue.progress(name, 0.5, "half")).has_value());
    CHECK(owner->said.back() == "start with 1");
    SECTION("and when that fails, with the next") {
      owner->said.clear();
      owner->answer = fail(Errc::io, "the disk is full");
      world.offer(owner, "b", 1, {"w1", false});
      auto const other = World::lease("b", "w1");
      CHECK(await(world.queue.progress(other, 0.5, {})).error().code == Errc::io);
      owner->answer = {};
      CHECK(await(world.queue.progress(other, 0.6, {})).has_value());
      CHECK(owner->said == std::vector<std::string>{"start with 1", "start with 1"});
    }
  }
  SECTION("lines") {
    CHECK(await(world.queue.log(name, {{.text = "one"}, {.text = "two"}})).has_value());
    CHECK(owner->said.back() == "start with 2");
  }
  SECTION("after a heartbeat it is a write of its own, refused as there is no such row") {
    CHECK(await(world.queue.heartbeat(name)).has_value());
    CHECK(await(world.queue.progress(name, 0.5, {})).error().code == Errc::conflict);
    CHECK(owner->said.back() == "start");
  }
}

TEST_CASE("a worker hears that its job was cancelled, by its heartbeat and at once where it listens") {
  World world;
  world.enter("w1");
  world.offer(std::make_shared<Owner>());
  world.claim("w1");
  auto listening = std::async(std::launch::async, [&] { return await(world.queue.stops("w1", 30s)).value(); });
  world.withdraw("a");
  auto const orders = listening.get();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].token == 1);
  auto const beat = await(world.queue.heartbeat(World::lease("a", "w1"))).value();
  REQUIRE(beat);
  CHECK(beat->reason == "it was cancelled");
  CHECK(await(world.queue.complete(World::lease("a", "w1"), {})).error().code == Errc::conflict);
}

TEST_CASE("a job that is withdrawn while its assignment is stored is handed to nobody") {
  World world;
  auto const owner = std::make_shared<Owner>();
  owner->hold_back = true;
  world.enter("w1");
  world.offer(owner);
  auto claiming = std::async(std::launch::async, [&] { return world.claim("w1"); });
  while (true) {
    bool asked = false;
    world.on_thread([&]() -> Awaitable<> {
      asked = owner->kept != nullptr;
      co_return;
    });
    if (asked) break;
    std::this_thread::sleep_for(1ms);
  }
  world.withdraw("a");
  world.on_thread([&]() -> Awaitable<> {
    owner->kept({});
    co_return;
  });
  CHECK(claiming.get().empty());
}

TEST_CASE("a worker that comes back hears what it has in its hands, under the same token") {
  World world;
  auto const owner = std::make_shared<Owner>();
  world.offer(owner, "a", 4, {"w1", true});  // from before a restart
  WorkerIntro intro;
  intro.id = intro.machine_id = "w1";
  auto const registration = await(world.queue.enter(intro)).value();
  REQUIRE(registration.leases.size() == 1);
  CHECK(registration.leases[0].token == 4);
  CHECK(await(world.queue.complete(World::lease("a", "w1", 4), {})).has_value());
}

TEST_CASE("a worker that leaves gives its jobs back") {
  World world;
  auto const owner = std::make_shared<Owner>();
  world.enter("w1");
  world.offer(owner);
  world.claim("w1");
  CHECK(await(world.queue.leave("w1", "it was stopped", true)).has_value());
  REQUIRE(owner->said.size() == 2);
  CHECK(owner->said[1] == "end w1 worker w1 left: it was stopped");
  CHECK(await(world.queue.workers()).at(0).status == WorkerStatus::offline);
}

TEST_CASE("the registry is there after a restart") {
  TempDir directory;
  for (int i = 0; i < 2; ++i) {
    auto store = open_store(directory.path(), Durability::crash);
    asio::io_context context{1};
    auto guard = asio::make_work_guard(context);
    Queue queue(context.get_executor(), {}, *store);
    std::thread thread([&] { context.run(); });
    asio::co_spawn(context, queue.start(), asio::use_future).get().value();
    if (i == 0) {
      WorkerIntro intro{"w1", "m1", "host", {{"gpu", true}}, {"render"}, 3};
      await(queue.enter(intro)).value();
    } else {
      auto const workers = await(queue.workers());
      REQUIRE(workers.size() == 1);
      CHECK(workers[0].intro.machine_id == "m1");
      CHECK(workers[0].intro.capabilities == boost::json::object{{"gpu", true}});
      CHECK(workers[0].intro.types == std::vector<std::string>{"render"});
      CHECK(workers[0].intro.concurrency == 3);
      CHECK(await(queue.machines()).at(0).hostname == "host");
    }
    asio::co_spawn(context, queue.stop(), asio::use_future).get();
    guard.reset();
    thread.join();
    store->stop();
  }
}
