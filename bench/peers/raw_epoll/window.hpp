#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

namespace runcast::bench {

// Frames end to end in one block, sent as they are to everyone.
struct FrameBlock {
  static constexpr std::size_t capacity = 64 * 1024;

  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(capacity);
  std::size_t size = 0;
};

// Where a client stands in a run's window.
struct Cursor {
  std::uint64_t block = 0;
  std::size_t offset = 0;
};

// The latest blocks of one run, numbered from the run's beginning.
class Window {
 public:
  static constexpr std::size_t max_blocks = 4;

  // Room for `bytes` more, without passing the window's bound.
  bool has_room(std::size_t bytes) const { return blocks_.size() < max_blocks || last_block_takes(bytes); }
  bool last_block_takes(std::size_t bytes) const {
    return !blocks_.empty() && blocks_.back().size + bytes <= FrameBlock::capacity;
  }
  void append(std::string_view frame_header, std::string_view payload);
  // What a client at the cursor has not had yet, of the block in which it stands; empty: it has everything.
  std::string_view ahead_of(Cursor& cursor) const;
  // Drops the blocks before `block`.
  void trim(std::uint64_t block);
  std::uint64_t end_block() const { return first_ + blocks_.size(); }

 private:
  std::deque<FrameBlock> blocks_;
  std::uint64_t first_ = 0;
};

}  // namespace runcast::bench
