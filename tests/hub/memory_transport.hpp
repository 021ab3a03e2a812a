#pragma once

#include <limits>
#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "hub/transport.hpp"
#include "tests/hub/reception.hpp"

namespace runcast::testing {

// The other end of a MemoryTransport, as a test plays it: it takes as many bytes as it is told to, and no more. On the
// transport's thread.
class Peer {
 public:
  static constexpr std::size_t everything = std::numeric_limits<std::size_t>::max();

  // `room`: how many bytes it takes before it is told to take more.
  Peer(asio::any_io_executor const& executor, Form form, std::size_t room);

  void allow(std::size_t bytes);  // takes so many more
  void send(std::string_view bytes);
  void hang_up();  // sends nothing more, and takes nothing more

  bool closed() const { return closed_; }
  bool was_reset() const { return reset_; }
  bool finished() const { return finished_; }  // the hub's side said that nothing follows
  std::size_t writes() const { return writes_; }

  Reception got;

 private:
  friend class MemoryTransport;

  bool is(Transport::Wait what) const;

  std::size_t room_;
  std::string to_hub_;
  std::size_t writes_ = 0;
  bool hung_up_ = false;
  bool finished_ = false;
  bool closed_ = false;
  bool reset_ = false;
  asio::steady_timer can_read_;  // never expire: cancelled where the hub's side may go on
  asio::steady_timer can_write_;
};

class MemoryTransport final : public Transport {
 public:
  explicit MemoryTransport(std::shared_ptr<Peer> peer) : peer_(std::move(peer)) {}
  ~MemoryTransport() override { close(); }

  std::size_t write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) override;
  std::size_t read_some(asio::mutable_buffer buffer, sys::error_code& error) override;
  void when(Wait what, Ready ready) override;
  void finish() noexcept override { peer_->finished_ = true; }
  void close() noexcept override;
  void reset() noexcept override;

 private:
  std::shared_ptr<Peer> peer_;
};

}  // namespace runcast::testing
