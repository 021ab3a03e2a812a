#pragma once

#include <memory>
#include <span>

#include <boost/asio/buffer.hpp>

#include "base/asio.hpp"

namespace runcast {

// The connection that a client's bytes go through: a TCP socket, a TLS stream, a pipe in tests. Everything happens on
// one thread. `write_some` and `read_some` never wait: they give would_block instead.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual std::size_t write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) = 0;

  // eof when the peer has closed its side.
  virtual std::size_t read_some(asio::mutable_buffer buffer, sys::error_code& error) = 0;

  // Wait until a read, or a write, would do something; with an error once the transport is closed.
  virtual Awaitable<sys::error_code> readable() = 0;
  virtual Awaitable<sys::error_code> writable() = 0;

  // Waits until the peer is gone altogether, after it has closed its side; or until the transport is closed.
  virtual Awaitable<sys::error_code> broken() = 0;

  // No more bytes from this side; what was written still arrives.
  virtual void finish() noexcept = 0;

  // Ends both sides and every wait.
  virtual void close() noexcept = 0;

  // The same, and what the peer has not received is dropped (RST).
  virtual void reset() noexcept = 0;
};

}  // namespace runcast
