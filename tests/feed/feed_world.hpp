#pragma once

#include <memory>

#include "feed/subscription.hpp"
#include "feed/system_feed.hpp"
#include "tests/feed/event_maker.hpp"
#include "tests/store/support.hpp"

namespace runcast::testing {

// A store with a feed on it. Events are appended as what they are; those of runs go to the run of that name.
class FeedWorld {
 public:
  explicit FeedWorld(FeedOptions options = {}) : store_(open_store(dir_.path())), feed_(make(options)) {}
  ~FeedWorld() {
    feed_->stop();
    store_->stop();
  }

  SystemFeed& feed() { return *feed_; }
  Store& store() { return *store_; }

  // Stores it, and returns once it is.
  void append(Event const& event);
  void wait_until_folded();

  bool deaf = false;  // the feed is not told of what is stored

 private:
  std::unique_ptr<SystemFeed> make(FeedOptions options);

  TempDir dir_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<SystemFeed> feed_;
};

}  // namespace runcast::testing
