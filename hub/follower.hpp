#pragma once

#include <cstdint>
#include <string_view>

#include "hub/cursor.hpp"

namespace runcast {

// Who follows a log in a shard: a connection (Client), or a program that links the library (Subscription). All on the
// shard's thread.
class Follower {
 public:
  Follower(Ulid log, Form form, std::uint64_t after) : cursor_(log, form, after) {}
  Follower(Follower const&) = delete;
  Follower& operator=(Follower const&) = delete;
  virtual ~Follower() = default;

  // The shard knows it now: it hears of what is published, and its cursor may be used.
  virtual void joined() = 0;

  // Its log has something new. Must not join or leave a log in the call.
  virtual void offer() = 0;

  // It gets no more events, for the reason that a WebSocket would be closed with. The same.
  virtual void finish(std::uint16_t code, std::string_view reason) = 0;

  // False: what let it follow was withdrawn.
  virtual bool permitted() const { return true; }

  Cursor& cursor() { return cursor_; }
  Cursor const& cursor() const { return cursor_; }

  std::size_t feed_slot = 0;  // where its feed lists it; the shard's

 protected:
  Cursor cursor_;
};

}  // namespace runcast
