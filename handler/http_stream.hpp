#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/asio.hpp"
#include "hub/shard.hpp"

namespace runcast {

// The bytes from and to one client that speaks HTTP; every wait has its end. On the shard's thread.
class HttpStream {
 public:
  using Clock = std::chrono::steady_clock;

  HttpStream(std::unique_ptr<Transport> transport, Shard& shard) : transport_(std::move(transport)), shard_(shard) {}

  // What came and was not taken yet. Whoever takes of it erases that.
  std::string& input() { return input_; }

  // Adds what comes to the input: at least a byte, or an error. timeout: nothing came until then.
  Awaitable<sys::error_code> receive(Clock::time_point until);

  // False: the client has not taken all of it until then, or is gone.
  Awaitable<bool> send(std::string_view text, Clock::time_point until);

  // Ends when the client has hung up; where it has sent its next request already it is still there, and is not asked
  // again: then this never ends. To be cancelled.
  Awaitable<> until_hung_up();

  // Ends the connection so that what was sent arrives.
  Awaitable<> close_in_order();

  // Whoever takes the transport has the connection from then on, and the input with it.
  std::unique_ptr<Transport> release() { return std::move(transport_); }
  std::string release_input() { return std::exchange(input_, {}); }
  bool is_released() const { return !transport_; }

  Shard& shard() const { return shard_; }

 private:
  std::unique_ptr<Transport> transport_;
  std::string input_;
  Shard& shard_;
};

}  // namespace runcast
