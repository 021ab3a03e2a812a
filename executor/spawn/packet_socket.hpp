#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/error_code.hpp>

#include "executor/spawn/owned_fd.hpp"

namespace runcast {

struct Packet {
  std::string body;
  std::vector<OwnedFd> fds;  // CLOEXEC
  bool fds_lost = false;     // this process had no descriptor left to receive them with
};

// One end of a SOCK_SEQPACKET pair: whole packets, with file descriptors. A body that is too large for the socket
// travels in a memfd.
class PacketSocket {
 public:
  PacketSocket() = default;
  explicit PacketSocket(OwnedFd fd) : fd_(std::move(fd)) {}

  // Two connected ends, CLOEXEC, blocking.
  static boost::system::error_code pair(PacketSocket& first, PacketSocket& second);

  // All of the packet or nothing. EAGAIN only where the descriptor is non-blocking, EPIPE when the other end is closed.
  boost::system::error_code send(std::string_view body, std::span<int const> fds = {}) const;

  // EAGAIN as above; ECONNRESET when the other end is closed.
  boost::system::error_code receive(Packet& packet);

  int fd() const { return fd_.get(); }
  int release() { return fd_.release(); }

 private:
  OwnedFd fd_;
  std::unique_ptr<char[]> received_;  // room for a packet, made once
};

}  // namespace runcast
