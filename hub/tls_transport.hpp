#pragma once

#include <memory>
#include <string>

#include "hub/tcp_transport.hpp"
#include "hub/tls_context.hpp"

struct ssl_st;

namespace runcast {

// A connection through TLS, the server's side. What it has encrypted and could not send it keeps, a record at most:
// then write_some() gives would_block with all bytes taken, and waiting for `writable` sends the rest.
class TlsTransport final : public Transport {
 public:
  // Keeps `context` alive.
  TlsTransport(TcpTransport tcp, TlsContext const& context);
  ~TlsTransport() override;

  // To be awaited first. An error: the client does not speak TLS, or none that is spoken here.
  Awaitable<sys::error_code> handshake();

  std::size_t write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) override;
  std::size_t read_some(asio::mutable_buffer buffer, sys::error_code& error) override;
  void when(Wait what, Ready ready) override;
  void finish() noexcept override;
  void close() noexcept override { tcp_.close(); }
  void reset() noexcept override { tcp_.reset(); }

 private:
  sys::error_code encrypt(std::string_view record);
  sys::error_code flush();
  void when_flushed(Ready ready);

  TcpTransport tcp_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
  std::string unsent_;  // plain bytes of the record that waits; it has to be offered again as it is
};

}  // namespace runcast
