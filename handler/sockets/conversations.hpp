#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>

#include "base/asio.hpp"
#include "base/clock.hpp"

namespace runcast {

class MessageSocket;

// Whom a conversation is with. `jobs`: a reader of the stream of all jobs.
enum class Role : std::uint8_t { monitor, client, worker, jobs };
inline constexpr std::size_t roles = 4;

std::string_view to_string(Role role);

// How many of one kind there are, and since the server's start have been.
struct ConversationCounts {
  std::uint64_t open = 0;
  std::uint64_t resumed = 0;   // times that one went on at a position that it named
  std::uint64_t anew = 0;      // times that one was too far behind, or away for too long, and began anew
  std::uint64_t too_slow = 0;  // that were closed for taking nothing
};

// The conversations that are going on, so that they can be told when the server goes down, and be counted. Any thread.
class Conversations {
 public:
  // One of them, from here to its end; on its socket's thread.
  class Member {
   public:
    Member(Conversations& all, Role role, MessageSocket& socket);
    Member(Member const&) = delete;
    Member& operator=(Member const&) = delete;
    ~Member();

    void note_resumed();
    void note_anew();

   private:
    Conversations& all_;
    Role role_;
    MessageSocket& socket_;
  };

  std::size_t size() const;
  ConversationCounts counts(Role role) const;

  // Tells all of them that the server is going down (1001), and those that come later; returns when they have ended, or
  // after `bound`.
  Awaitable<> stop(Millis bound);

  // Ends (1008) those whose permit was withdrawn.
  void end_unpermitted();

 private:
  using Visit = std::function<void(MessageSocket&)>;
  void each(Visit const& visit);
  ConversationCounts& of(Role role) { return counts_[static_cast<std::size_t>(role)]; }

  mutable std::mutex mutex_;
  std::map<MessageSocket*, asio::any_io_executor> members_;
  std::array<ConversationCounts, roles> counts_{};
  bool stopping_ = false;
};

}  // namespace runcast
