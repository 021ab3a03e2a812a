#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
namespace runcast {

// The size in bytes of the character that `text` begins with; 0 where it begins with none.
std::size_t utf8_char_size(std::string_view text);

bool is_utf8(std::string_view text);

// The size of the longest beginning of `text` that is UTF-8.
std::size_t valid_utf8_prefix(std::string_view text);

// The longest beginning of at most `max_bytes` that cuts no character in two. `text` is UTF-8.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes);

// Appends `text` with U+FFFD in the place of what is not UTF-8: one for each maximal part of a sequence that breaks
// off, as browsers and Python decode it (Unicode 15, 3.9, "U+FFFD Substitution of Maximal Subparts").
void append_as_utf8(std::string& out, std::string_view text);

// What may follow a lead byte.
struct Utf8Lead {
  std::uint8_t following = 0;  // continuation bytes
  std::uint8_t lowest = 0x80;  // what the first of them may be; the others are 80..BF
  std::uint8_t highest = 0xBF;
  bool valid = true;  // false: no character begins so
};

// Says of a text that comes in pieces whether it can still become valid UTF-8, at the first byte that decides it.
class Utf8Checker {
 public:
  bool feed(std::string_view piece);                         // false: invalid, whatever follows
  bool complete() const { return awaited_.following == 0; }  // the text may end here
  void reset() { *this = {}; }

 private:
  Utf8Lead awaited_;
};

}  // namespace runcast
