#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "hub/tcp_transport.hpp"

namespace runcast::bench {

// Lets a saturating producer run only so far ahead of the slowest client of its run: by what the sockets have taken,
// as in every other peer. One thread.
class Pace {
 public:
  static constexpr std::uint64_t max_ahead = 256 * 1024;  // bytes

  explicit Pace(asio::any_io_executor const& executor) : changed_(executor) {}

  // One client's progress.
  struct Progress {
    std::uint64_t taken = 0;
  };
  std::shared_ptr<Progress> join();
  void leave(std::shared_ptr<Progress> const& progress);
  void took(Progress& progress, std::size_t bytes);

  // Waits until another `bytes` may be published, and counts them.
  Awaitable<> publish(std::size_t bytes);

 private:
  std::size_t count_behind();

  asio::steady_timer changed_;
  std::vector<std::shared_ptr<Progress>> clients_;
  std::uint64_t published_ = 0;
  std::uint64_t mark_ = 0;  // all must have taken so much before more is published
  std::size_t behind_ = 0;  // clients that have not
};

// A socket that tells the pace what it takes. What goes before the events, the opening, is not counted.
class PacedTransport final : public Transport {
 public:
  PacedTransport(asio::ip::tcp::socket socket, Pace& pace, std::size_t opening_bytes)
      : socket_(std::move(socket)), pace_(pace), progress_(pace.join()), opening_left_(opening_bytes) {}
  ~PacedTransport() override { pace_.leave(progress_); }

  std::size_t write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) override;
  std::size_t read_some(asio::mutable_buffer buffer, sys::error_code& error) override {
    return socket_.read_some(buffer, error);
  }
  void when(Wait what, Ready ready) override { socket_.when(what, std::move(ready)); }
  void finish() noexcept override { socket_.finish(); }
  void close() noexcept override { socket_.close(); }
  void reset() noexcept override { socket_.reset(); }

 private:
  TcpTransport socket_;
  Pace& pace_;
  std::shared_ptr<Pace::Progress> progress_;
  std::size_t opening_left_;
};

}  // namespace runcast::bench
