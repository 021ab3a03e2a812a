// watch DIR: a store and a feed in a program of its own. It writes what workers and jobs do, and follows all of it with
// the subscription that the server's monitors have, as a C++ call.
#include <cstdio>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "feed/load_state.hpp"
#include "feed/subscription.hpp"
#include "feed/system_feed.hpp"
#include "store/store.hpp"

using namespace runcast;

namespace {

constexpr int workers = 3;

Awaitable<Result<void>> append(Store& store, EventPayload event) {
  co_return co_await store.write([&](WriteTx& tx) -> Result<void> {
    auto const seq = tx.append(system_log, encode(event, system_time()));
    if (!seq) return seq.error();
    return {};
  });
}

// Prints what it is told until it has heard of every worker.
Awaitable<int> watch(SystemFeed& feed) {
  auto const snapshot = co_await feed.snapshot();
  MonitorSubscription subscription(feed, {Topics::all()});
  subscription.move_to({snapshot.event_id});
  for (int i = 0; i < workers; ++i) {
    events::WorkerConnected connected;
    connected.worker_id = "worker-" + std::to_string(i);
    connected.machine_id = "here";
    connected.connected_at = system_time();
    if (auto const stored = co_await append(feed.store(), connected); !stored) co_return 1;
  }
  int seen = 0;
  while (seen < workers) {
    auto const delivery = co_await subscription.next();
    if (!delivery || delivery->lost) co_return 1;
    for (auto const& item : delivery->items) {
      std::printf("%.*s\n", static_cast<int>(item.json().size()), item.json().data());
      seen += item.json().find(R"("type":"worker_connected")") != std::string_view::npos ? 1 : 0;
    }
    subscription.take(*delivery);
  }
  co_return 0;
}

Awaitable<int> run(SystemFeed& feed) {
  if (auto const started = co_await feed.start(load_system_state); !started) co_return 1;
  co_return co_await watch(feed);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  StoreOptions options;
  options.data_dir = argv[1];
  auto store = Store::open(options);
  if (!store) return 1;
  SystemFeed feed(**store, {});
  (*store)->on_commit([&feed](std::shared_ptr<Commit const> commit) -> Awaitable<> {
    feed.tell(std::move(commit));
    co_return;
  });
  asio::io_context context;
  auto ended = asio::co_spawn(context, run(feed), asio::use_future);
  context.run();
  feed.stop();
  (*store)->stop();
  return ended.get();
}
