#include "hub/outbox.hpp"

#include <algorithm>

namespace runcast {
namespace {

constexpr std::size_t full_piece = 16 * 1024;  // own bytes are gathered up to this

}  // namespace

void Outbox::add(std::string_view bytes) {
  if (bytes.empty()) return;
  bytes_ += bytes.size();
  if (pieces_.empty() || pieces_.back().owner || pieces_.back().own.size() >= full_piece) pieces_.emplace_back();
  pieces_.back().own += bytes;
}

void Outbox::add(std::shared_ptr<void const> owner, std::string_view bytes) {
  if (bytes.empty()) return;
  bytes_ += bytes.size();
  if (!pieces_.empty() && pieces_.back().owner == owner) {
    auto& last = pieces_.back().shared;
    if (last.data() + last.size() == bytes.data()) {
      last = {last.data(), last.size() + bytes.size()};
      return;
    }
  }
  pieces_.push_back({std::move(owner), bytes, {}});
}

std::size_t Outbox::buffers(std::span<asio::const_buffer> out) const {
  std::size_t const count = std::min(out.size(), pieces_.size());
  for (std::size_t i = 0; i < count; ++i) {
    auto const bytes = pieces_[i].view().substr(i == 0 ? taken_ : 0);
    out[i] = asio::buffer(bytes.data(), bytes.size());
  }
  return count;
}

void Outbox::consume(std::size_t bytes) {
  bytes_ -= bytes;
  taken_ += bytes;
  while (!pieces_.empty() && taken_ >= pieces_.front().view().size()) {
    taken_ -= pieces_.front().view().size();
    pieces_.pop_front();
  }
  if (pieces_.empty()) clear();
}

void Outbox::clear() {
  std::deque<Piece>().swap(pieces_);
  taken_ = 0;
  bytes_ = 0;
}

}  // namespace runcast
