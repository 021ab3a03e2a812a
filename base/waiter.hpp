#pragma once

#include <memory>
#include <mutex>

#include "base/asio.hpp"

namespace runcast {

// Suspends one coroutine until another thread, or another coroutine, lets it go on. Owned by a shared_ptr, because the
// two sides, and a cancellation, may come in any order.
class Waiter : public std::enable_shared_from_this<Waiter> {
 public:
  Waiter();
  ~Waiter();
  Waiter(Waiter const&) = delete;
  Waiter& operator=(Waiter const&) = delete;

  // Lets the waiting coroutine go on, or the one that will wait. The first call counts. Any thread.
  void wake();

  // Waits for wake(): true. A cancellation that came first: false, and it may wait again. The coroutine goes on through
  // its own executor, which is kept busy until then.
  Awaitable<bool> wait();

  // Destroys the waiting coroutine, through its executor, instead of letting it go on. Any thread.
  void abandon();

 private:
  struct Suspended;

  void suspend(std::unique_ptr<Suspended> suspended);
  void resume(std::unique_ptr<Suspended> suspended, bool woken);
  std::unique_ptr<Suspended> take();

  std::mutex mutex_;
  bool woken_ = false;
  std::unique_ptr<Suspended> suspended_;  // whoever takes it out decides how the wait ends
};

}  // namespace runcast
