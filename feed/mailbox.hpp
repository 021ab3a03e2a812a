#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/waiter.hpp"
#include "store/commit.hpp"

namespace runcast {

// What was committed and the feed has not looked at yet. The writer never waits for it: what there is no room for is
// dropped, and the reader told, who finds it in the store.
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

  void put(std::shared_ptr<Commit const> commit);  // any thread
  void close();                                    // any thread

  struct Mail {
    std::vector<std::shared_ptr<Commit const>> commits;
    bool lost = false;  // some between these, or before them, were dropped
    bool closed = false;
  };

  // Waits until there is something. One reader.
  Awaitable<Mail> take();

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  Mail mail_;
  std::shared_ptr<Waiter> reader_;
};

}  // namespace runcast
