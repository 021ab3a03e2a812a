#include "tests/feed/feed_world.hpp"

#include <catch2/catch.hpp>
#include <thread>

namespace runcast::testing {

std::unique_ptr<SystemFeed> FeedWorld::make(FeedOptions options) {
  auto feed = std::make_unique<SystemFeed>(*store_, options);
  store_->on_commit([this](std::shared_ptr<Commit const> commit) -> Awaitable<> {
    if (!deaf) feed_->tell(std::move(commit));
    co_return;
  });
  auto const nothing = [](Store&) -> Awaitable<Result<SystemState>> { co_return SystemState(); };
  REQUIRE(await(feed->start(nothing)).has_value());
  return feed;
}

void FeedWorld::append(Event const& event) {
  auto const done = await(store_->write([&](WriteTx& tx) -> Result<void> {
    if (!event.run.empty() && event.type == EventType::job_submitted) {
      NewRun run;
      run.id = event.run;
      run.workflow = "job";
      run.definition_json = "{}";
      auto const created = tx.create_run(run, event.time);
      if (!created) return created;
    }
    auto const seq = tx.append(event.run, encode(event.payload, event.time));
    if (!seq) return seq.error();
    return {};
  }));
  REQUIRE(done.has_value());
}

void FeedWorld::wait_until_folded() {
  for (int i = 0; i < 10'000 && feed_->board().upto() < store_->last_id(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  REQUIRE(feed_->board().upto() == store_->last_id());
}

}  // namespace runcast::testing
