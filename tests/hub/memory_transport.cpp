#include "tests/hub/memory_transport.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace runcast::testing {

Peer::Peer(asio::any_io_executor const& executor, Form form, std::size_t room)
    : got(form),
      room_(room),
      can_read_(executor, asio::steady_timer::time_point::max()),
      can_write_(executor, asio::steady_timer::time_point::max()) {}

void Peer::allow(std::size_t bytes) {
  room_ = bytes > everything - room_ ? everything : room_ + bytes;
  can_write_.cancel();
}

void Peer::send(std::string_view bytes) {
  to_hub_ += bytes;
  can_read_.cancel();
}

void Peer::hang_up() {
  hung_up_ = true;
  can_read_.cancel();
  can_write_.cancel();
}

std::size_t MemoryTransport::write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) {
  ++peer_->writes_;
  if (peer_->closed_ || peer_->hung_up_) {
    error = asio::error::broken_pipe;
    return 0;
  }
  std::size_t taken = 0;
  for (auto const& buffer : buffers) {
    std::size_t const size = std::min(peer_->room_, buffer.size());
    peer_->got.take({static_cast<char const*>(buffer.data()), size});
    if (peer_->room_ != Peer::everything) peer_->room_ -= size;
    taken += size;
  }
  if (taken == 0) error = asio::error::would_block;
  return taken;
}

std::size_t MemoryTransport::read_some(asio::mutable_buffer buffer, sys::error_code& error) {
  std::size_t const size = std::min(buffer.size(), peer_->to_hub_.size());
  peer_->to_hub_.copy(static_cast<char*>(buffer.data()), size);
  peer_->to_hub_.erase(0, size);
  if (size == 0) error = peer_->hung_up_ ? sys::error_code(asio::error::eof) : asio::error::would_block;
  return size;
}

bool Peer::is(Transport::Wait what) const {
  if (closed_ || hung_up_) return true;
  return what == Transport::Wait::readable ? !to_hub_.empty() : what == Transport::Wait::writable ? room_ > 0 : false;
}

// Looks again at each cancellation of the timer, which stands for a change.
void MemoryTransport::when(Wait what, Ready ready) {
  auto const wait = [](auto const& self, std::shared_ptr<Peer> const& peer, Wait for_what, Ready const& then) -> void {
    auto& changed = for_what == Wait::writable ? peer->can_write_ : peer->can_read_;
    if (peer->is(for_what)) {
      auto const error = peer->closed_ ? sys::error_code(asio::error::operation_aborted) : sys::error_code();
      return asio::post(changed.get_executor(), [then, error] { then(error); });
    }
    changed.async_wait([self, peer, for_what, then](sys::error_code) { self(self, peer, for_what, then); });
  };
  wait(wait, peer_, what, ready);
}

void MemoryTransport::close() noexcept {
  peer_->closed_ = true;
  peer_->can_read_.cancel();
  peer_->can_write_.cancel();
}

void MemoryTransport::reset() noexcept {
  peer_->reset_ = true;
  close();
}

}  // namespace runcast::testing
