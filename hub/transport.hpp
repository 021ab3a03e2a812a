#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include <boost/asio/buffer.hpp>

#include "base/asio.hpp"

namespace runcast {

// The connection that a client's bytes go through: a TCP socket, a TLS stream, a pipe in tests. Everything happens on
// one thread. `write_some` and `read_some` never wait: they give would_block instead, and when() tells when to try
// again.
class Transport {
 public:
  virtual ~Transport() = default;

  // would_block may come with all bytes taken: a part of them waits within, and waiting for `writable` sends it.
  virtual std::size_t write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) = 0;

  // eof when the peer has closed its side.
  virtual std::size_t read_some(asio::mutable_buffer buffer, sys::error_code& error) = 0;

  enum class Wait : std::uint8_t {
    readable,  // a read would do something
    writable,  // a write would
    broken,    // the peer is gone altogether, after it has closed its side
  };
  using Ready = std::function<void(sys::error_code)>;

  // Calls `ready` once it is so, or with an error once the transport is closed; never within this call. One call of
  // each kind at a time. What `ready` holds is let go with the transport at the latest.
  virtual void when(Wait what, Ready ready) = 0;

  // The same for a coroutine; cancelled, it gives operation_aborted.
  Awaitable<sys::error_code> readable() { return wait(Wait::readable); }
  Awaitable<sys::error_code> writable() { return wait(Wait::writable); }
  Awaitable<sys::error_code> broken() { return wait(Wait::broken); }

  // No more bytes from this side; what was written still arrives.
  virtual void finish() noexcept = 0;

  // Ends both sides and every wait.
  virtual void close() noexcept = 0;

  // The same, and what the peer has not received is dropped (RST).
  virtual void reset() noexcept = 0;

 private:
  Awaitable<sys::error_code> wait(Wait what);
};

}  // namespace runcast
