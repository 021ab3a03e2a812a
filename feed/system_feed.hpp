#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "feed/board.hpp"
#include "feed/system_state.hpp"
#include "store/commit.hpp"

namespace runcast {

class Store;

struct FeedOptions {
  std::size_t board_bytes = 32 * 1024 * 1024;  // of messages that are kept for subscribers
  std::size_t mailbox_commits = 2048;          // that wait to be folded; past that they are read from the store
  Millis log_every{100};                       // log lines of jobs are told of together
};

// The feed of the whole system: every committed event, folded into the state of jobs, workers and machines, and
// rendered once for each audience, on a thread of its own. Nobody waits for it, and it waits for nobody: when it lags
// it reads the store. Any thread, unless it says otherwise.
class SystemFeed {
 public:
  SystemFeed(Store& store, FeedOptions options);
  ~SystemFeed();  // stop()s
  SystemFeed(SystemFeed const&) = delete;
  SystemFeed& operator=(SystemFeed const&) = delete;

  // Begins with the state that `load` gives, which is true at the store's last event. Before the first write. Fails
  // with what `load` fails with.
  using Load = std::function<Awaitable<Result<SystemState>>(Store& store)>;
  Awaitable<Result<void>> start(Load load);

  // What was committed, in its order. Never waits.
  void tell(std::shared_ptr<Commit const> commit);

  Board& board();
  Store& store();

  // Waits until all that was committed before the call is folded, and on the board.
  Awaitable<> reach_now();

  // The state as monitors take it up: `full_state_snapshot`, true at `event_id`; all that was committed before the call
  // is in it. Members of the monitors' audience find all that follows on the board.
  struct Snapshot {
    std::uint64_t event_id = 0;
    std::shared_ptr<std::string const> json;
  };
  Awaitable<Snapshot> snapshot();

  // A `job-update` for each job that has not ended and for the newest that have, by age; the same.
  struct JobsNow {
    std::uint64_t event_id = 0;
    std::vector<std::string> updates;
  };
  Awaitable<JobsNow> jobs_now();

  // One job, unless it ended long ago; the same.
  Awaitable<std::optional<JobView>> job(std::string id);

  // How many of what there are, as of what was folded last. Never waits.
  SystemStats stats() const;

  // Every wait on the board ends; nothing is told of any more.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runcast
