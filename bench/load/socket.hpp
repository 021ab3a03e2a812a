#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace runcast::bench {

// A descriptor that is closed with its owner.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();

  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  // Closing will reset the connection, so that its port is free at once.
  void reset_on_close();

 private:
  int fd_ = -1;
};

// Connects to 127.0.0.1, waiting for it; throws std::system_error.
Socket connect_to(std::uint16_t port);

// The client's side of the opening handshake.
std::string upgrade_request(std::uint16_t port, std::string const& path, bool deflate = false);

}  // namespace runcast::bench
