#include "executor/spawn/packet_socket.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace runcast {
namespace {

using boost::system::error_code;

// Well under the least socket buffer; what is larger is an exception among commands.
constexpr std::size_t max_inline = 32 * 1024;
constexpr std::size_t max_fds = 3;

enum class Place : char { here, memfd };  // a packet's first byte: where its body is

error_code last_error() { return {errno, boost::system::system_category()}; }

OwnedFd make_memfd(std::string_view content) {
  OwnedFd fd(::memfd_create("runcast-packet", MFD_CLOEXEC));
  while (fd && !content.empty()) {
    auto const n = ::write(fd.get(), content.data(), content.size());
    if (n < 0) return {};
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return fd;
}

error_code read_memfd(int fd, std::string& content) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return last_error();
  content.resize(static_cast<std::size_t>(status.st_size));
  for (std::size_t done = 0; done < content.size();) {
    auto const n = ::pread(fd, content.data() + done, content.size() - done, static_cast<off_t>(done));
    if (n <= 0) return n < 0 ? last_error() : error_code(EIO, boost::system::system_category());
    done += static_cast<std::size_t>(n);
  }
  return {};
}

error_code send_message(int socket, Place place, std::string_view body, std::span<int const> fds) {
  iovec parts[2] = {{&place, 1}, {const_cast<char*>(body.data()), body.size()}};
  alignas(cmsghdr) char control[CMSG_SPACE(max_fds * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = body.empty() ? 1 : 2;
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return last_error();
  }
  return {};
}

std::vector<OwnedFd> take_fds(msghdr& message) {
  std::vector<OwnedFd> fds;
  for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = 0; CMSG_LEN(at) < header->cmsg_len; at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + at, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

error_code PacketSocket::pair(PacketSocket& first, PacketSocket& second) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return last_error();
  first = PacketSocket(OwnedFd(fds[0]));
  second = PacketSocket(OwnedFd(fds[1]));
  return {};
}

error_code PacketSocket::send(std::string_view body, std::span<int const> fds) const {
  if (body.size() <= max_inline) return send_message(fd_.get(), Place::here, body, fds);
  auto const memfd = make_memfd(body);
  if (!memfd) return last_error();
  std::vector<int> all(fds.begin(), fds.end());
  all.push_back(memfd.get());
  return send_message(fd_.get(), Place::memfd, {}, all);
}

error_code PacketSocket::receive(Packet& packet) {
  Place place{};
  if (!received_) received_ = std::make_unique<char[]>(max_inline);
  iovec parts[2] = {{&place, 1}, {received_.get(), max_inline}};
  alignas(cmsghdr) char control[CMSG_SPACE(max_fds * sizeof(int))];
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t size = 0;
  do {
    size = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return last_error();
  if (size == 0) return {ECONNRESET, boost::system::system_category()};

  packet.fds = take_fds(message);
  packet.fds_lost = (message.msg_flags & MSG_CTRUNC) != 0;
  packet.body.assign(received_.get(), static_cast<std::size_t>(size) - 1);
  if (place == Place::here) return {};
  if (packet.fds.empty()) return {EMFILE, boost::system::system_category()};
  auto const memfd = std::move(packet.fds.back());
  packet.fds.pop_back();
  return read_memfd(memfd.get(), packet.body);
}

}  // namespace runcast
