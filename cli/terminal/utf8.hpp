#pragma once

#include <string_view>

namespace runcast::cli {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 1;  // bytes taken; a broken sequence takes one and is U+FFFD
  bool valid = true;
};

// The code point at the beginning of `text`, which is not empty.
CodePoint decode_utf8(std::string_view text);

// Columns of one code point: 0 (combining, joiners), 1, or 2 (East Asian wide, emoji).
int column_width(char32_t c);

}  // namespace runcast::cli
