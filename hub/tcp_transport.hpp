#pragma once

#include <chrono>

#include <boost/asio/ip/tcp.hpp>

#include "hub/transport.hpp"

namespace runcast {

// A connected socket, made non-blocking.
class TcpTransport final : public Transport {
 public:
  // A peer that acknowledges nothing of what was sent for as long as `silence` is gone: the one sign of it where the
  // other end has lost its power or its network, and the kernel still takes what it is given.
  explicit TcpTransport(asio::ip::tcp::socket socket, std::chrono::milliseconds silence = std::chrono::seconds(60));

  std::size_t write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) override;
  std::size_t read_some(asio::mutable_buffer buffer, sys::error_code& error) override;
  Awaitable<sys::error_code> readable() override;
  Awaitable<sys::error_code> writable() override;
  Awaitable<sys::error_code> broken() override;
  void finish() noexcept override;
  void close() noexcept override;
  void reset() noexcept override;

 private:
  asio::ip::tcp::socket socket_;
};

}  // namespace runcast
