#include "hub/tcp_transport.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cerrno>

namespace runcast {
namespace {

using UserTimeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;

using UnsentBytes = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;

constexpr std::size_t max_buffers = 64;
constexpr int most_unsent = 64 * 1024;  // bytes that the kernel takes for a peer whose window is full

// What a call of the kernel came to.
std::size_t taken(ssize_t result, sys::error_code& error) {
  if (result >= 0) return static_cast<std::size_t>(result);
  error = sys::error_code(errno, sys::system_category());
  return 0;
}

}  // namespace

void TcpTransport::prepare(asio::ip::tcp::acceptor& listener, std::chrono::milliseconds silence) {
  listener.set_option(asio::ip::tcp::no_delay(true));
  listener.set_option(UnsentBytes(most_unsent));
  listener.set_option(UserTimeout(static_cast<int>(silence.count())));
}

// The kernel is asked directly: an Asio socket that may not wait needs a mode of its own, which costs a call more for
// each connection.
std::size_t TcpTransport::write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) {
  std::array<iovec, max_buffers> parts;
  std::size_t const count = std::min(buffers.size(), parts.size());
  for (std::size_t i = 0; i < count; ++i) parts[i] = {const_cast<void*>(buffers[i].data()), buffers[i].size()};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  return taken(::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL), error);
}

std::size_t TcpTransport::read_some(asio::mutable_buffer buffer, sys::error_code& error) {
  std::size_t const size = taken(::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT), error);
  if (size == 0 && !error) error = asio::error::eof;
  return size;
}

void TcpTransport::when(Wait what, Ready ready) {
  using enum asio::socket_base::wait_type;
  socket_.async_wait(what == Wait::readable   ? wait_read
                     : what == Wait::writable ? wait_write
                                              : wait_error,
                     std::move(ready));
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
