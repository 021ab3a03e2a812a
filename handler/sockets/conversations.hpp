#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "base/asio.hpp"
#include "base/clock.hpp"

namespace runcast {

class MessageSocket;

// The conversations that are going on, so that they can be told when the server goes down. Any thread.
class Conversations {
 public:
  // One of them, from here to its end; on its socket's thread.
  class Member {
   public:
    Member(Conversations& all, MessageSocket& socket);
    Member(Member const&) = delete;
    Member& operator=(Member const&) = delete;
    ~Member();

   private:
    Conversations& all_;
    MessageSocket& socket_;
  };

  std::size_t size() const;

  // Tells all of them that the server is going down (1001), and those that come later; returns when they have ended, or
  // after `bound`.
  Awaitable<> stop(Millis bound);

  // Ends (1008) those whose permit was withdrawn.
  void end_unpermitted();

 private:
  using Visit = std::function<void(MessageSocket&)>;
  void each(Visit const& visit);

  mutable std::mutex mutex_;
  std::map<MessageSocket*, asio::any_io_executor> members_;
  bool stopping_ = false;
};

}  // namespace runcast
