#include "hub/tcp_transport.hpp"

#include <netinet/tcp.h>

namespace runcast {
namespace {

using UserTimeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;

}  // namespace

TcpTransport::TcpTransport(asio::ip::tcp::socket socket, std::chrono::milliseconds silence)
    : socket_(std::move(socket)) {
  sys::error_code ignored;  // a socket that is gone already says so at the first read
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(UserTimeout(static_cast<int>(silence.count())), ignored);
}

std::size_t TcpTransport::write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) {
  return socket_.write_some(buffers, error);
}

std::size_t TcpTransport::read_some(asio::mutable_buffer buffer, sys::error_code& error) {
  return socket_.read_some(asio::buffer(buffer), error);
}

Awaitable<sys::error_code> TcpTransport::readable() {
  auto const [error] = co_await socket_.async_wait(asio::socket_base::wait_read, as_tuple);
  co_return error;
}

Awaitable<sys::error_code> TcpTransport::writable() {
  auto const [error] = co_await socket_.async_wait(asio::socket_base::wait_write, as_tuple);
  co_return error;
}

Awaitable<sys::error_code> TcpTransport::broken() {
  auto const [error] = co_await socket_.async_wait(asio::socket_base::wait_error, as_tuple);
  co_return error;
}

void TcpTransport::finish() noexcept {
  sys::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void TcpTransport::close() noexcept {
  sys::error_code ignored;
  socket_.close(ignored);
}

void TcpTransport::reset() noexcept {
  sys::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace runcast
