#include "executor/spawn/line_splitter.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/utf8.hpp"

namespace runcast {
namespace {

constexpr std::size_t max_chunk = 64 * 1024;

// Bytes kept beyond a line's limit, so that a character across it is whole when it is looked at (and then left out).
constexpr std::size_t lookahead = 3;

}  // namespace

std::span<char> LineSplitter::space() {
  lines_.clear();
  repaired_.clear();
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  drop_excess();
  if (buffer_.size() < end_ + chunk_)
    buffer_.resize(std::max(end_ + chunk_, std::min(2 * end_, max_line_ + max_chunk)));
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void LineSplitter::commit(std::size_t size) {
  if (size >= chunk_) chunk_ = std::min(chunk_ * 4, max_chunk);
  auto scan = end_;
  end_ += size;
  while (auto const* found = static_cast<char const*>(std::memchr(buffer_.data() + scan, '\n', end_ - scan))) {
    auto const newline = static_cast<std::size_t>(found - buffer_.data());
    add({buffer_.data() + begin_, newline - begin_});
    begin_ = scan = newline + 1;
  }
}

void LineSplitter::finish() {
  lines_.clear();
  repaired_.clear();
  if (end_ > begin_ || too_long_) add({buffer_.data() + begin_, end_ - begin_});
  begin_ = end_ = 0;
}

void LineSplitter::add(std::string_view raw) {
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  bool const cut_before = std::exchange(too_long_, false);
  raw = raw.substr(0, max_line_ + lookahead);
  if (!is_utf8(raw)) {
    auto& text = repaired_.emplace_back();
    append_as_utf8(text, raw);
    raw = text;
  }
  auto const text = utf8_prefix(raw, max_line_);
  lines_.push_back({text, cut_before || text.size() < raw.size()});
}

// Keeps no more of an overlong line than is going to be shown.
void LineSplitter::drop_excess() {
  if (end_ <= max_line_ + lookahead) return;
  too_long_ = true;
  end_ = max_line_ + lookahead;
}

}  // namespace runcast
