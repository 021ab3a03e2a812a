#include "hub/remainder.hpp"

namespace runcast {
namespace {

constexpr std::size_t small = 4 * 1024;

}  // namespace

void Remainder::keep(std::shared_ptr<Segment const> segment, std::string_view left) {
  if (left.size() <= small || left.size() < segment->capacity() / 4) return keep(std::string(left));
  clear();
  segment_ = std::move(segment);
  left_ = left;
}

void Remainder::keep(std::string text) {
  clear();
  copy_ = std::move(text);
  left_ = copy_;
}

void Remainder::consume(std::size_t size) {
  left_.remove_prefix(size);
  if (left_.empty()) clear();
}

void Remainder::clear() {
  left_ = {};
  segment_.reset();
  release(copy_);
}

}  // namespace runcast
