#include "bench/peers/raw_epoll/window.hpp"

#include <cstring>

namespace runcast::bench {

void Window::append(std::string_view frame_header, std::string_view payload) {
  std::size_t const size = frame_header.size() + payload.size();
  if (blocks_.empty() || blocks_.back().size + size > FrameBlock::capacity) blocks_.emplace_back();
  FrameBlock& block = blocks_.back();
  std::memcpy(block.bytes.get() + block.size, frame_header.data(), frame_header.size());
  std::memcpy(block.bytes.get() + block.size + frame_header.size(), payload.data(), payload.size());
  block.size += size;
}

std::string_view Window::ahead_of(Cursor& cursor) const {
  while (cursor.block < end_block()) {
    FrameBlock const& block = blocks_[cursor.block - first_];
    if (cursor.offset < block.size) return {block.bytes.get() + cursor.offset, block.size - cursor.offset};
    if (cursor.block + 1 == end_block()) break;  // the last block may still grow
    cursor = {cursor.block + 1, 0};
  }
  return {};
}

void Window::trim(std::uint64_t block) {
  for (; first_ < block; ++first_) blocks_.pop_front();
}

}  // namespace runcast::bench
