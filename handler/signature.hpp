#pragma once

#include <string_view>

namespace runcast {

// Whether `signature` is the HMAC-SHA256 of `body` under `secret`: 64 hexadecimal digits, with `sha256=` before them
// (GitHub) or without (Gitea). Takes the same time for every wrong one.
bool is_signed_with(std::string_view secret, std::string_view body, std::string_view signature);

}  // namespace runcast
