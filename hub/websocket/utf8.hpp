#pragma once

#include <cstdint>
#include <string_view>

namespace runcast {

// Says of a text that comes in pieces whether it can still become valid UTF-8 (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF), at the first byte that decides it.
class Utf8Checker {
 public:
  bool feed(std::string_view piece);               // false: invalid, whatever follows
  bool complete() const { return awaited_ == 0; }  // the text may end here
  void reset() { *this = {}; }

 private:
  bool start(std::uint8_t lead);

  std::uint8_t awaited_ = 0;    // continuation bytes to come
  std::uint8_t lowest_ = 0x80;  // what the next of them may be
  std::uint8_t highest_ = 0xBF;
};

bool is_utf8(std::string_view text);

// The longest part of `text`, from its beginning, of at most `size` bytes that cuts no character in two.
std::string_view utf8_prefix(std::string_view text, std::size_t size);

}  // namespace runcast
