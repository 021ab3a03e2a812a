#include <catch2/catch.hpp>

#include <boost/json/parse.hpp>

#include "feed/past.hpp"
#include "feed/render.hpp"
#include "tests/feed/feed_world.hpp"
#include "tests/feed/monitor_replica.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

namespace json = boost::json;

json::object parsed(std::string_view text) { return json::parse(text).as_object(); }

MonitorReplica replica_of(SystemFeed::Snapshot const& snapshot) {
  MonitorReplica replica;
  replica.take(parsed(*snapshot.json));
  return replica;
}

// Everything that there is for the subscription now.
std::vector<FeedItem> drain(MonitorSubscription& subscription) {
  std::vector<FeedItem> items;
  while (true) {
    auto const delivery = await(subscription.poll());
    REQUIRE(delivery.has_value());
    items.insert(items.end(), delivery->items.begin(), delivery->items.end());
    subscription.take(*delivery);
    if (delivery->upto == delivery->from) return items;
  }
}

}  // namespace

TEST_CASE("a snapshot and what the subscription gives from its event on come to a later snapshot") {
  FeedWorld world;
  EventMaker maker(11);
  MonitorSubscription subscription(world.feed(), {Topics::all()});
  for (int i = 0; i < 100; ++i) world.append(maker.next());
  world.wait_until_folded();
  auto const first = await(world.feed().snapshot());
  CHECK(first.event_id == world.store().last_id());
  for (int i = 0; i < 60; ++i) world.append(maker.next());
  world.wait_until_folded();
  subscription.move_to({first.event_id});
  auto replica = replica_of(first);
  for (auto const& item : drain(subscription)) replica.take(parsed(item.json()));
  auto const later = await(world.feed().snapshot());
  CHECK(later.event_id > first.event_id);
  CHECK(replica.picture() == replica_of(later).picture());
}

TEST_CASE("the counts that any thread reads are those of the state") {
  FeedWorld world;
  EventMaker maker(5);
  for (int i = 0; i < 200; ++i) world.append(maker.next());
  world.wait_until_folded();
  auto const told = parsed(*await(world.feed().snapshot()).json).at("data").at("system_stats").as_object();
  auto const stats = world.feed().stats();
  CHECK(told.at("total_jobs").to_number<std::uint64_t>() == stats.total_jobs());
  CHECK(told.at("pending_jobs").to_number<std::uint64_t>() == stats.with(JobStatus::pending));
  CHECK(told.at("completed_jobs").to_number<std::uint64_t>() == stats.with(JobStatus::completed));
  CHECK(told.at("total_workers").to_number<std::uint64_t>() == stats.total_workers);
  CHECK(stats.total_jobs() > 0);
}

TEST_CASE("a feed that has no room for what it is told finds it in the store") {
  FeedOptions options;
  options.mailbox_commits = 0;
  FeedWorld world(options);
  EventMaker maker(5);
  SystemState expected;
  std::uint64_t id = 0;
  for (int i = 0; i < 200; ++i) {
    auto event = maker.next();
    world.append(event);
    event.id = ++id;
    expected.apply(event);
  }
  world.wait_until_folded();
  auto const snapshot = parsed(*await(world.feed().snapshot()).json);
  auto const& stats = snapshot.at("data").at("system_stats");
  CHECK(stats.at("total_jobs").to_number<std::uint64_t>() == expected.stats().total_jobs());
  CHECK(stats.at("pending_jobs").to_number<std::uint64_t>() == expected.stats().with(JobStatus::pending));
  CHECK(stats.at("completed_jobs").to_number<std::uint64_t>() == expected.stats().with(JobStatus::completed));
  CHECK(stats.at("total_workers").to_number<std::uint64_t>() == expected.stats().total_workers);
}

TEST_CASE("a monitor that has fallen off the board reads on from the store, in the same bytes") {
  FeedOptions options;
  options.board_bytes = 16 * 1024;
  FeedWorld world(options);
  EventMaker maker(9);
  MonitorSubscription keeping_up(world.feed(), {Topics::all()});
  MonitorSubscription late(world.feed(), {Topics::all()});
  std::vector<std::string> live;
  for (int i = 0; i < 300; ++i) {
    world.append(maker.next());
    world.wait_until_folded();
    for (auto const& item : drain(keeping_up)) {
      if (parsed(item.json()).at("type") != "system_stats") live.emplace_back(item.json());
    }
  }
  REQUIRE_FALSE(world.feed().board().after(Audience::monitors, 0, 1));
  std::vector<std::string> read;
  for (auto const& item : drain(late)) {
    if (parsed(item.json()).at("type") != "system_stats") read.emplace_back(item.json());
  }
  CHECK(read == live);
}

TEST_CASE("a position within an event's messages is gone on from there") {
  FeedWorld world;
  MonitorSubscription all(world.feed(), {Topics::all()});
  EventMaker maker(4);
  for (int i = 0; i < 40; ++i) world.append(maker.next());
  world.wait_until_folded();
  auto const items = drain(all);
  std::vector<std::string> expected;
  for (auto const& item : items) expected.emplace_back(item.json());
  for (std::size_t stop = 0; stop < items.size(); ++stop) {
    auto const position = FeedPosition::parse(to_string(items[stop]));
    REQUIRE(position.has_value());
    MonitorSubscription resumed(world.feed(), {Topics::all()});
    resumed.move_to(*position);
    auto got = std::vector<std::string>(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(stop) + 1);
    for (auto const& item : drain(resumed)) got.emplace_back(item.json());
    REQUIRE(got == expected);
  }
}

TEST_CASE("a client hears of its job from any point on, once, whatever it missed") {
  FeedOptions options;
  options.board_bytes = 8 * 1024;
  FeedWorld world(options);
  EventMaker maker(21);
  std::map<std::string, std::vector<std::string>> expected;
  std::uint64_t id = 0;
  for (int i = 0; i < 400; ++i) {
    auto event = maker.next();
    world.append(event);
    event.id = ++id;
    if (auto message = client_message(event)) expected[message->job].push_back(std::move(message->json));
  }
  world.wait_until_folded();
  ClientSubscription client(world.feed());
  std::size_t due = 0;
  for (auto const& [job, messages] : expected) {
    client.follow(job, 0);
    due += messages.size();
  }
  std::map<std::string, std::vector<std::string>> got;
  while (due > 0) {
    auto const items = await(client.next());
    REQUIRE(items.has_value());
    due -= std::min(due, items->size());
    for (auto const& item : *items) {
      got[std::string(parsed(item.json()).at("job_id").as_string())].emplace_back(item.json());
    }
  }
  CHECK(got == expected);
}

TEST_CASE("the job stream tells each state of a job in order, and lines together") {
  FeedWorld world;
  JobSubscription stream(world.feed());
  EventMaker maker(1);
  RunId const run = new_run_id();
  events::JobMark mark{run.str(), "t", 0, std::nullopt, ""};
  world.append(maker.make(events::JobSubmitted{"job", 1, "Task", {}, "api", mark}, run));
  mark.was = JobStatus::pending;
  world.append(maker.make(events::JobAssigned{"job", 1, "w", "m", mark}, run));
  mark = {run.str(), "t", 0, JobStatus::assigned, "w"};
  world.append(maker.make(events::JobStarted{"job", "w", mark}, run));
  mark.was = JobStatus::active;
  world.append(maker.make(events::StepLog{"job", Level::info, "hello", false}, run));
  world.append(maker.make(events::StepProgress{"job", 0.5, "half", mark}, run));
  events::StepComplete ended;
  ended.step_id = "job";
  ended.job = mark;
  world.append(maker.make(ended, run));
  std::vector<std::string> states;
  json::object last;
  while (states.empty() || states.back() != "completed") {
    auto const delivery = await(stream.next());
    REQUIRE(delivery.has_value());
    REQUIRE_FALSE(delivery->lost);
    for (auto const& item : delivery->items) {
      auto const update = parsed(item.json());
      CHECK(update.at("type") == "job-update");
      last = update.at("job").as_object();
      auto const state = std::string(last.at("status").as_string());
      if (states.empty() || states.back() != state) states.push_back(state);
    }
  }
  CHECK(states == std::vector<std::string>{"pending", "assigned", "active", "completed"});
  CHECK(last.at("progress").to_number<double>() == 100);
  CHECK(last.at("logs") == json::array{"hello"});
  CHECK(last.at("name") == "Task");
  auto const now = await(world.feed().jobs_now());
  REQUIRE(now.updates.size() == 1);
  CHECK(parsed(now.updates[0]).at("job") == last);
}

TEST_CASE("an event is found by when it happened") {
  FeedWorld world;
  EventMaker maker(2);
  std::vector<Event> events;
  for (int i = 0; i < 60; ++i) {
    events.push_back(maker.next());
    events.back().time = from_epoch_ms(1'763'682'352'000 + i * 20'000);
    world.append(events.back());
  }
  world.wait_until_folded();
  for (std::size_t i = 0; i < events.size(); ++i) {
    auto const position = await(position_before(world.feed(), events[i].time));
    REQUIRE(position.has_value());
    CHECK(*position <= i);     // ids count from 1
    CHECK(*position + 2 > i);  // and no more than the disorder that is allowed for lies between
  }
}

TEST_CASE("a feed that stops ends every wait") {
  FeedWorld world;
  MonitorSubscription monitor(world.feed(), {Topics::all()});
  ClientSubscription client(world.feed());
  world.feed().stop();
  CHECK(await(monitor.next()).error().code == Errc::closed);
  CHECK(await(client.next()).error().code == Errc::closed);
}
