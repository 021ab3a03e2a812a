#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/asio.hpp"
#include "base/waiter.hpp"

namespace runcast {

// A bounded queue between coroutines: several producers, on any threads and executors, and one consumer at a time.
//
// - Each producer's messages arrive in the order that it sent them; producers that wait for room get it in turn.
// - close() drains: what was accepted before it is still received.
// - A wait honours every kind of cancellation, by throwing, and loses nothing: a message is sent or was not, and a
//   message that was not received is still there for the next receive.
// - A wait resumes on its own coroutine's executor.
//
// It outlives every call, and goes before the execution contexts whose coroutines may still be waiting: those are
// destroyed with it, not resumed.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}
  ~Channel();
  Channel(Channel const&) = delete;
  Channel& operator=(Channel const&) = delete;

  // Waits for room. false: it is closed, and the value dropped.
  Awaitable<bool> send(T value);

  // false: full or closed, and the value untouched.
  bool try_send(T& value);
  bool try_send(T&& value) { return try_send(value); }

  // The next message; nullopt once closed and drained.
  Awaitable<std::optional<T>> receive();

  // All that is there, at least one message; empty once closed and drained.
  Awaitable<std::vector<T>> receive_all();

  // Accepts nothing more, and tells everyone who waits. Calling it again does nothing.
  void close();

  bool closed() const;
  std::size_t size() const;

 private:
  struct Sender : Waiter {
    explicit Sender(T&& message) : value(std::move(message)) {}
    T value;
    std::optional<bool> accepted;  // under the channel's lock; nullopt: still in line
  };

  struct Receiver : Waiter {
    std::atomic<bool> withdrawn = false;
  };

  // Takes a receiver's wait back, however that ends. An abandoned coroutine is destroyed after the channel, which this
  // therefore does not touch.
  struct Withdrawal {
    std::shared_ptr<Receiver> const& receiver;
    ~Withdrawal() { receiver->withdrawn = true; }
  };

  // A consumer that never has to wait would keep its thread to itself; after this many it lets others run.
  static constexpr std::size_t unwaited_limit = 128;

  void accept(T& value, std::unique_lock<std::mutex> lock);
  bool ready();
  Awaitable<> until_ready();
  std::shared_ptr<Receiver> start_waiting();
  void admit_senders(std::vector<std::shared_ptr<Sender>>& admitted);

  std::size_t const capacity_;
  std::size_t unwaited_ = 0;  // the consumer's own

  std::mutex mutable mutex_;
  std::deque<T> buffer_;
  std::deque<std::shared_ptr<Sender>> senders_;  // in line, which they are only while the buffer is full
  std::shared_ptr<Receiver> receiver_;           // the last that began to wait; it may have withdrawn since
  bool closed_ = false;
};

template <class T>
Channel<T>::~Channel() {
  for (auto const& sender : senders_) sender->abandon();
  if (receiver_) receiver_->abandon();
}

template <class T>
Awaitable<bool> Channel<T>::send(T value) {
  std::shared_ptr<Sender> sender;
  {
    std::unique_lock lock(mutex_);
    if (closed_) co_return false;
    if (buffer_.size() < capacity_) {
      accept(value, std::move(lock));
      co_return true;
    }
    sender = std::make_shared<Sender>(std::move(value));
    senders_.push_back(sender);
  }
  co_await sender->wait();
  std::lock_guard lock(mutex_);
  if (sender->accepted) co_return *sender->accepted;
  std::erase(senders_, sender);
  throw_cancelled();
}

template <class T>
bool Channel<T>::try_send(T& value) {
  std::unique_lock lock(mutex_);
  if (closed_ || buffer_.size() >= capacity_) return false;
  accept(value, std::move(lock));
  return true;
}

template <class T>
void Channel<T>::accept(T& value, std::unique_lock<std::mutex> lock) {
  buffer_.push_back(std::move(value));
  auto const receiver = std::exchange(receiver_, nullptr);
  lock.unlock();
  if (receiver) receiver->wake();
}

template <class T>
Awaitable<std::optional<T>> Channel<T>::receive() {
  if (!ready()) co_await until_ready();
  std::optional<T> value;
  std::vector<std::shared_ptr<Sender>> admitted;
  {
    std::lock_guard lock(mutex_);
    if (!buffer_.empty()) {
      value.emplace(std::move(buffer_.front()));
      buffer_.pop_front();
      admit_senders(admitted);
    }
  }
  for (auto const& sender : admitted) sender->wake();
  co_return value;
}

template <class T>
Awaitable<std::vector<T>> Channel<T>::receive_all() {
  if (!ready()) co_await until_ready();
  std::deque<T> taken;
  std::vector<std::shared_ptr<Sender>> admitted;
  {
    std::lock_guard lock(mutex_);
    taken.swap(buffer_);
    admit_senders(admitted);
  }
  for (auto const& sender : admitted) sender->wake();
  co_return std::vector<T>(std::move_iterator(taken.begin()), std::move_iterator(taken.end()));
}

template <class T>
void Channel<T>::close() {
  std::deque<std::shared_ptr<Sender>> refused;
  std::shared_ptr<Receiver> receiver;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    refused.swap(senders_);
    for (auto const& sender : refused) sender->accepted = false;
    receiver = std::exchange(receiver_, nullptr);
  }
  for (auto const& sender : refused) sender->wake();
  if (receiver) receiver->wake();
}

template <class T>
bool Channel<T>::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

template <class T>
std::size_t Channel<T>::size() const {
  std::lock_guard lock(mutex_);
  return buffer_.size();
}

// Whether a receive can go on without until_ready().
template <class T>
bool Channel<T>::ready() {
  if (++unwaited_ > unwaited_limit) return false;
  std::lock_guard lock(mutex_);
  return closed_ || !buffer_.empty();
}

template <class T>
Awaitable<> Channel<T>::until_ready() {
  if (std::exchange(unwaited_, 0) > unwaited_limit) co_await yield();
  while (auto const receiver = start_waiting()) {
    // Cancelled during the yield above, this coroutine is thrown out at its next await, before it has begun to wait.
    Withdrawal const withdrawal{receiver};
    if (!co_await receiver->wait()) throw_cancelled();
  }
}

// The wait that a receiver has before it; null when there is something to take, or never will be.
template <class T>
std::shared_ptr<typename Channel<T>::Receiver> Channel<T>::start_waiting() {
  std::lock_guard lock(mutex_);
  if (closed_ || !buffer_.empty()) return nullptr;
  if (receiver_ && !receiver_->withdrawn) throw std::logic_error("a channel has one consumer at a time");
  receiver_ = std::make_shared<Receiver>();
  return receiver_;
}

// Under the lock. The caller wakes them after it.
template <class T>
void Channel<T>::admit_senders(std::vector<std::shared_ptr<Sender>>& admitted) {
  while (!senders_.empty() && buffer_.size() < capacity_) {
    auto& sender = senders_.front();
    buffer_.push_back(std::move(sender->value));
    sender->accepted = true;
    admitted.push_back(std::move(sender));
    senders_.pop_front();
  }
}

}  // namespace runcast
