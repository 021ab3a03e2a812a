#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace runcast {

// The SHA-256 digest of the parts, one behind the other, as its 32 bytes.
std::string sha256(std::initializer_list<std::string_view> parts);

// Bytes as lower-case hexadecimal digits.
std::string to_hex(std::string_view bytes);

// The SHA-256 digest as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view data);

}  // namespace runcast
