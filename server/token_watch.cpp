#include "server/token_watch.hpp"

#include <boost/asio/post.hpp>

namespace runcast {

namespace {

// The thread that looks for tokens accepts connections, too: it does not wait for another's lock.
constexpr Millis patience{50};

}  // namespace

Result<void> TokenWatch::start() {
  auto const looked = look();
  if (looked) access_.take(rows_, wall_clock_now());
  return looked;
}

Awaitable<> TokenWatch::run(std::function<void(std::string const&)> on_fault) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (bool faulty = false;;) {
    timer.expires_after(period);
    co_await timer.async_wait(asio::use_awaitable);
    auto const looked = look();
    if (!looked && looked.error().code != Errc::busy && !faulty) on_fault("the tokens: " + looked.error().message);
    faulty = !looked;
    take(wall_clock_now());
  }
}

Result<void> TokenWatch::look() {
  if (!tokens_) {
    if (auto found = find(); !found || !tokens_) return found;
  }
  auto const version = tokens_->version();
  if (!version) return version.error();
  if (*version == version_) return {};
  auto rows = tokens_->list();
  if (!rows) return rows.error();
  version_ = *version;
  rows_ = std::move(*rows);
  return {};
}

Result<void> TokenWatch::find() {
  auto opened = Tokens::open_existing(data_dir_, patience);
  if (!opened) return opened.error();
  tokens_ = std::move(*opened);
  return {};
}

void TokenWatch::take(Timestamp now) {
  if (!access_.take(rows_, now)) return;
  conversations_.end_unpermitted();
  for (std::size_t i = 0; i < hub_.shards(); ++i) {
    asio::post(hub_.shard(i).executor(), [&shard = hub_.shard(i)] { shard.end_unpermitted(); });
  }
}

}  // namespace runcast
