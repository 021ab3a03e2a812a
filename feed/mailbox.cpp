#include "feed/mailbox.hpp"

#include <utility>

namespace runcast {

void Mailbox::put(std::shared_ptr<Commit const> commit) {
  std::shared_ptr<Waiter> reader;
  {
    std::lock_guard lock(mutex_);
    if (mail_.commits.size() < capacity_) {
      mail_.commits.push_back(std::move(commit));
    } else {
      mail_.lost = true;
    }
    reader = std::exchange(reader_, nullptr);
  }
  if (reader) reader->wake();
}

void Mailbox::close() {
  std::shared_ptr<Waiter> reader;
  {
    std::lock_guard lock(mutex_);
    mail_.closed = true;
    reader = std::exchange(reader_, nullptr);
  }
  if (reader) reader->wake();
}

Awaitable<Mailbox::Mail> Mailbox::take() {
  while (true) {
    std::shared_ptr<Waiter> waiter;
    {
      std::lock_guard lock(mutex_);
      if (!mail_.commits.empty() || mail_.lost || mail_.closed) {
        Mail taken = std::exchange(mail_, {});
        mail_.closed = taken.closed;
        co_return taken;
      }
      waiter = reader_ = std::make_shared<Waiter>();
    }
    if (!co_await waiter->wait()) throw_cancelled();
  }
}

}  // namespace runcast
