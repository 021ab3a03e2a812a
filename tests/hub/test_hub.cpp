#include "tests/hub/test_hub.hpp"

#include <numeric>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>

namespace runcast::testing {
namespace {

std::array<asio::any_io_executor, 1> executors_of(asio::io_context& context) { return {context.get_executor()}; }

HubOptions for_tests(HubOptions options) {
  options.epoch = "e1";
  options.farewell = std::chrono::milliseconds(20);
  return options;
}

}  // namespace

TestHub::TestHub(HubOptions options) : hub(for_tests(std::move(options)), history, executors_of(context)) {
  asio::co_spawn(context, shard().run(), [this](std::exception_ptr const& exception) {
    ended_ = true;
    if (exception) std::rethrow_exception(exception);
  });
}

TestHub::~TestHub() {
  if (!stopped_) stop();
  context.poll();
}

std::shared_ptr<Peer> TestHub::attach(Follow follow, std::size_t room) {
  follow.log = log;
  return attach_to(shard(), std::move(follow), room);
}

std::shared_ptr<Peer> TestHub::attach(std::uint64_t after, Form form) {
  return attach({.form = form, .after = after}, Peer::everything);
}

void TestHub::publish(std::vector<EventDraft> const& drafts) {
  tasks_.spawn(hub.publish({{log, history.commit(log, drafts)}}));
  context.poll();
}

void TestHub::until(std::function<bool()> const& condition) {
  auto const patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > patience) throw std::runtime_error("what was waited for never came");
    if (context.stopped()) context.restart();  // it had nothing left to do for a moment
    context.run_one_for(std::chrono::milliseconds(20));
  }
}

void TestHub::settle() {
  for (int quiet = 0; quiet < 3;) quiet = context.run_for(std::chrono::milliseconds(2)) == 0 ? quiet + 1 : 0;
}

void TestHub::stop() {
  stopped_ = true;
  tasks_.spawn(shard().stop());
  until([this] { return ended_ && tasks_.size() == 0; });
}

std::shared_ptr<Peer> attach_to(Shard& shard, Follow follow, std::size_t room) {
  auto peer = std::make_shared<Peer>(shard.executor(), follow.form, room);
  shard.attach(std::make_unique<MemoryTransport>(peer), std::move(follow));
  return peer;
}

std::vector<std::uint64_t> seqs(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all(last - first + 1);
  std::iota(all.begin(), all.end(), first);
  return all;
}

}  // namespace runcast::testing
