#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "hub/hub.hpp"
#include "tests/hub/memory_history.hpp"
#include "tests/hub/memory_transport.hpp"

namespace runcast::testing {

// A hub of one shard, with a history and followers in memory, all on the test's thread. Its epoch is `e1`.
class TestHub {
 public:
  explicit TestHub(HubOptions options = {});
  ~TestHub();

  // A follower whose peer takes `room` bytes.
  std::shared_ptr<Peer> attach(Follow follow, std::size_t room = Peer::everything);
  std::shared_ptr<Peer> attach(std::uint64_t after, Form form = Form::websocket);

  // Commits events to `log`, or only to history as if it had been long ago.
  void publish(std::vector<EventDraft> const& drafts);
  void store(std::vector<EventDraft> const& drafts) { history.commit(log, drafts); }

  // Runs the hub until it is so; throws when it takes far too long.
  void until(std::function<bool()> const& condition);
  // Runs it until nobody has anything to do but to wait, which takes a few milliseconds.
  void settle();
  // Starts a coroutine, to be seen to its end by until() or at the end.
  void spawn(Awaitable<> task) { tasks_.spawn(std::move(task)); }
  void stop();

  Shard& shard() { return hub.shard(0); }

  asio::io_context context;
  MemoryHistory history;
  Hub hub;
  Ulid const log = next_ulid();

 private:
  TaskGroup tasks_{context.get_executor()};
  bool ended_ = false;
  bool stopped_ = false;
};

// How a shard's thread would be told of it; for tests that have several.
std::shared_ptr<Peer> attach_to(Shard& shard, Follow follow, std::size_t room);

// 1, 2, 3 … as a follower should have seen them.
std::vector<std::uint64_t> seqs(std::uint64_t first, std::uint64_t last);

}  // namespace runcast::testing
