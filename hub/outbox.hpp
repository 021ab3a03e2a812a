#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "base/asio.hpp"

namespace runcast {

// What waits to be written to one connection, in order: bytes of its own, and ranges of memory that it shares with
// whoever is sent the same. Ranges that follow each other in memory go out as one buffer. One thread.
class Outbox {
 public:
  // At most one buffer each of a gathered write; Asio hands the kernel 64 at most.
  static constexpr std::size_t max_buffers = 60;

  void add(std::string_view bytes);  // copied
  // Not copied: `owner` keeps `bytes` where they are.
  void add(std::shared_ptr<void const> owner, std::string_view bytes);

  bool empty() const { return bytes_ == 0; }
  std::size_t bytes() const { return bytes_; }

  // Fills in as many buffers as there is room for and tells how many; they hold until the next add() or consume().
  std::size_t buffers(std::span<asio::const_buffer> out) const;
  void consume(std::size_t bytes);
  void clear();

 private:
  struct Piece {
    std::shared_ptr<void const> owner;  // null: the bytes are in `own`
    std::string_view shared;
    std::string own;

    std::string_view view() const { return owner ? shared : std::string_view(own); }
  };

  std::deque<Piece> pieces_;
  std::size_t taken_ = 0;  // of the first piece
  std::size_t bytes_ = 0;
};

}  // namespace runcast
