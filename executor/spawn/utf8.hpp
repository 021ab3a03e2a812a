#pragma once

#include <string>
#include <string_view>

namespace runcast {

// Appends `text` with U+FFFD in the place of what is not UTF-8: one for each maximal part of a sequence that breaks
// off, as browsers and Python decode it (Unicode 15, 3.9, "U+FFFD Substitution of Maximal Subparts").
void append_as_utf8(std::string& out, std::string_view text);

// The longest beginning of at most `max_bytes` that splits no character. `text` is UTF-8.
std::string_view cut_utf8(std::string_view text, std::size_t max_bytes);

// Whether each byte stands for itself: quick, and true of most output.
bool is_ascii(std::string_view text);

}  // namespace runcast
