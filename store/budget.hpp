#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "base/waiter.hpp"

namespace runcast {

// How much work is waiting to be written.
struct Weight {
  std::size_t events = 0;
  std::size_t bytes = 0;
};

// Bounds what waits in a queue by two measures at once. Room is given in the order in which it was asked for, so that a
// large request is not passed over for ever. Any thread.
class Budget {
 public:
  explicit Budget(Weight limit) : limit_(limit), free_(limit) {}
  Budget(Budget const&) = delete;
  Budget& operator=(Budget const&) = delete;

  // Takes room, waiting for it if need be, and returns what it took: `weight`, or the whole of a measure that is
  // smaller than that. Fails with close()'s error. A cancellation while it waits takes nothing.
  Awaitable<Result<Weight>> acquire(Weight weight);

  void release(Weight taken);

  // Refuses everyone from now on, those who wait included. The first error stays.
  void close(Error const& why);

 private:
  struct Place : Waiter {
    explicit Place(Weight wanted) : weight(wanted) {}
    Weight weight;
    bool granted = false;  // under the lock
  };

  bool take(Weight weight);

  Weight const limit_;
  std::mutex mutex_;
  Weight free_;
  std::deque<std::shared_ptr<Place>> line_;
  std::optional<Error> closed_;
};

}  // namespace runcast
