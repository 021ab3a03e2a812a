#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/asio.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "hub/filter.hpp"
#include "model/event.hpp"

namespace runcast {

class Batch;
class Shard;

struct SubscribeOptions {
  Ulid log;
  std::uint64_t after = 0;  // the cursor: events up to this position are not given
  Filter filter = {};
  std::size_t max_events = 256;         // of one delivery
  std::size_t max_bytes = 1024 * 1024;  // of its frames; one event that is larger comes alone
};

// Events in their order. The texts live as long as it does; it may be taken to another thread.
class Delivery {
 public:
  struct Item {
    std::uint64_t position = 0;  // the event's seq
    EventType type = EventType::other;
    std::string_view json;
  };

  Delivery() = default;  // empty: the log has ended
  Delivery(Batch const& batch, bool after_gap);

  std::vector<Item> const& items() const { return items_; }
  bool empty() const { return items_.empty(); }
  // History no longer had what should have come before the first item.
  bool after_gap() const { return after_gap_; }

 private:
  std::vector<Item> items_;
  std::vector<std::shared_ptr<Segment const>> segments_;  // where the texts are
  bool after_gap_ = false;
};

// What a client on a connection gets, as a C++ call: the events of one log from any cursor on, each once, in order,
// past ones and live ones alike, as fast as they are asked for. Whoever asks slowly reads from history later and holds
// nobody up. On the shard's thread; it goes before the shard does.
class Subscription {
 public:
  // closed: the shard has ended.
  static Awaitable<Result<Subscription>> open(Shard& shard, SubscribeOptions options);

  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();

  // Waits for the next events, at least one; empty once the log's last event was given. closed: by close(), or since
  // the server is going down. Other errors are history's, and asking again is allowed. A cancellation loses nothing.
  // One call at a time.
  Awaitable<Result<Delivery>> next();

  // All events up to here were given, or passed over by the filter.
  std::uint64_t position() const;

  // Ends it, and a next() that waits.
  void close();

 private:
  class Subscriber;

  explicit Subscription(std::shared_ptr<Subscriber> subscriber);

  std::shared_ptr<Subscriber> subscriber_;
};

}  // namespace runcast
