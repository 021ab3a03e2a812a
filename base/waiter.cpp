#include "base/waiter.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

namespace runcast {

struct Waiter::Suspended {
  using Handler = asio::async_result<asio::use_awaitable_t<>, void(bool)>::handler_type;

  explicit Suspended(Handler&& suspended)
      : handler(std::move(suspended)),
        work(asio::prefer(handler.get_executor(), asio::execution::outstanding_work.tracked)) {}

  Handler handler;
  asio::any_io_executor work;
};

Waiter::Waiter() = default;
Waiter::~Waiter() = default;

void Waiter::wake() {
  std::unique_ptr<Suspended> suspended;
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
    suspended = std::move(suspended_);
  }
  if (suspended) resume(std::move(suspended), true);
}

Awaitable<bool> Waiter::wait() {
  auto initiation = [this](Suspended::Handler&& handler) {
    // A slot belongs to its coroutine's executor, so it is set here and never cleared from a waking thread. What it
    // holds is harmless later: a wait that has ended has nothing left to take.
    if (auto slot = handler.get_cancellation_slot(); slot.is_connected()) {
      slot.assign([weak = weak_from_this()](asio::cancellation_type) {
        auto const self = weak.lock();
        auto suspended = self ? self->take() : nullptr;
        if (suspended) self->resume(std::move(suspended), false);
      });
    }
    suspend(std::make_unique<Suspended>(std::move(handler)));
  };
  return asio::async_initiate<asio::use_awaitable_t<> const, void(bool)>(std::move(initiation), asio::use_awaitable);
}

void Waiter::abandon() { take().reset(); }

void Waiter::suspend(std::unique_ptr<Suspended> suspended) {
  {
    std::lock_guard lock(mutex_);
    if (!woken_) {
      suspended_ = std::move(suspended);
      return;
    }
  }
  resume(std::move(suspended), true);
}

void Waiter::resume(std::unique_ptr<Suspended> suspended, bool woken) {
  // Always posted: a coroutine that were resumed here would run within its waker, and within its own wake in turn.
  asio::post(asio::append(std::move(suspended->handler), woken));
}

std::unique_ptr<Waiter::Suspended> Waiter::take() {
  std::lock_guard lock(mutex_);
  return std::move(suspended_);
}

}  // namespace runcast
