#pragma once

#include <string>
#include <string_view>

namespace runcast {

// Appends `text` as a JSON string, quotes included (RFC 8259 7). `text` is UTF-8; a byte sequence that is not becomes
// U+FFFD, so that what is appended is always valid JSON.
void append_json_string(std::string& out, std::string_view text);

}  // namespace runcast
