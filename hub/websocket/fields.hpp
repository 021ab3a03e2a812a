#pragma once

#include <algorithm>
#include <string_view>

namespace runcast {

// What the handshake's header fields are made of (RFC 9110, section 5.6).

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

inline std::string_view trimmed(std::string_view text) {
  auto const begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Calls `visit` with each element of a list, trimmed.
template <class Visit>
void each_element(std::string_view list, char separator, Visit visit) {
  while (true) {
    auto const end = list.find(separator);
    visit(trimmed(list.substr(0, end)));
    if (end == list.npos) return;
    list.remove_prefix(end + 1);
  }
}

}  // namespace runcast
