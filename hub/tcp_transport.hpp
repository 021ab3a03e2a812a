#pragma once

#include <chrono>

#include <boost/asio/ip/tcp.hpp>

#include "hub/transport.hpp"

namespace runcast {

// A connected socket. It comes from a listener that prepare() was called for: what is set there need not be set again
// for each connection.
class TcpTransport final : public Transport {
 public:
  // `place` is held as long as the connection is, for whoever counts them.
  explicit TcpTransport(asio::ip::tcp::socket socket, std::shared_ptr<void> place = nullptr)
      : socket_(std::move(socket)), place_(std::move(place)) {}

  // Sets what every connection shall have, and accepted sockets inherit. What is written leaves at once. A peer that
  // acknowledges nothing of it for as long as `silence` is gone, which is the one sign of it where the other end has
  // lost its power or its network and the kernel still takes what it is given. And the kernel takes little more than
  // the peer has room for: it would else keep megabytes for each that does not read, out of what all sockets share.
  static void prepare(asio::ip::tcp::acceptor& listener, std::chrono::milliseconds silence = std::chrono::seconds(60));

  asio::ip::tcp::socket& socket() { return socket_; }

  std::size_t write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) override;
  std::size_t read_some(asio::mutable_buffer buffer, sys::error_code& error) override;
  void when(Wait what, Ready ready) override;
  void finish() noexcept override;
  void close() noexcept override;
  void reset() noexcept override;

 private:
  asio::ip::tcp::socket socket_;
  std::shared_ptr<void> place_;
};

}  // namespace runcast
