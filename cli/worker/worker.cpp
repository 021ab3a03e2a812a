#include "cli/worker/worker.hpp"

#include <cstdio>
#include <random>

#include <fmt/format.h>
#include <boost/asio/steady_timer.hpp>

#include "cli/follow/backoff.hpp"
#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis claim_wait{20'000};

double chance() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return std::uniform_real_distribution<>(0, 1)(random);
}

}  // namespace

Worker::Worker(asio::any_io_executor executor, ServerLink& link, Spawner& spawner, WorkerSettings settings)
    : link_(link),
      spawner_(spawner),
      settings_(std::move(settings)),
      last_answer_(Clock::now()),
      claiming_(executor),
      working_(executor) {}

Awaitable<OrRefusal<int>> Worker::run() {
  claiming_.spawn(claim_jobs());
  co_await claiming_.join();
  asio::steady_timer limit(co_await asio::this_coro::executor, refusal_ ? Millis{0} : settings_.finish);
  limit.async_wait([this](sys::error_code error) {
    if (error) return;
    for (auto& job : jobs_) job.give_back();
  });
  co_await working_.join();
  limit.cancel();
  if (refusal_) co_return *refusal_;
  co_await link_.leave();
  co_return exit_code::success;
}

void Worker::stop() {
  stopping_ = true;
  claiming_.cancel();
}

Awaitable<> Worker::claim_jobs() {
  while (!stopping_ && !refusal_) {
    auto const held = co_await link_.enter();
    if (!held) {
      if (!co_await try_again(held.error())) co_return;
      continue;
    }
    failures_ = 0;
    // From before this process, or from claims whose answers were lost.
    for (auto const& job : *held) {
      bool const ours = std::any_of(jobs_.begin(), jobs_.end(), [&](JobWork const& work) {
        return work.job().id == job.id && work.job().token == job.token;
      });
      if (!ours) co_await link_.tell(job, "release", {});
    }
    co_await claim_while_registered();
  }
}

// A claim is open even while there is no room: the server then names the next job in the transaction that stores the
// end of one.
Awaitable<> Worker::claim_while_registered() {
  auto const most = static_cast<std::size_t>(link_.profile().concurrency);
  while (!stopping_) {
    auto claimed = co_await link_.claim(most, claim_wait);
    if (!claimed) {
      co_await try_again(claimed.error());
      co_return;  // it may be another server by now, that does not know us
    }
    failures_ = 0;
    last_answer_ = Clock::now();
    for (auto& job : *claimed) working_.spawn(work(std::move(job)));
  }
}

// After a pause; false: there is no use in it.
Awaitable<bool> Worker::try_again(Refusal const& refusal) {
  if (stopping_) co_return false;
  if (failures_ == 0) last_answer_ = Clock::now();
  bool const is_final = refusal.exit_code != exit_code::no_server && failures_ > 0;
  if (is_final || Clock::now() - last_answer_ >= settings_.retry_for) {
    refusal_ = refusal;
    co_return false;
  }
  if (failures_ == 0 && !settings_.quiet && refusal.exit_code == exit_code::no_server) {
    fmt::print(stderr, "{}; trying again\n", plain_text(refusal.message));
  }
  asio::steady_timer pause(co_await asio::this_coro::executor, backoff_delay(failures_++, chance()));
  co_await pause.async_wait(asio::use_awaitable);
  co_return true;
}

Awaitable<> Worker::work(HeldJob job) {
  auto const place = jobs_.emplace(jobs_.end(), link_, spawner_, settings_.work, std::move(job));
  auto const end = co_await place->run();
  report(*place, end);
  jobs_.erase(place);
}

void Worker::report(JobWork const& work, WorkEnd end) const {
  if (settings_.quiet) return;
  std::string_view const words = end == WorkEnd::completed    ? "completed"
                                 : end == WorkEnd::failed     ? "failed"
                                 : end == WorkEnd::given_back ? "given back"
                                                              : "not ours any more";
  fmt::print(stderr, "job {} ({}): {}\n", plain_text(work.job().id), plain_text(work.job().type), words);
}

}  // namespace runcast::cli
