#include "executor/spawn/utf8.hpp"

#include <cstdint>
#include <cstring>

#include "model/json_text.hpp"

namespace runcast {
namespace {

// The length of the ill-formed part that `text` begins with: the bytes that could have begun a character, at least one.
std::size_t broken_size(std::string_view text) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned const first = byte(0);
  if (first < 0xC2 || first > 0xF4 || text.size() == 1) return 1;
  unsigned const low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned const high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 1;
  std::size_t const whole = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  std::size_t size = 2;
  while (size < whole && size < text.size() && (byte(size) & 0xC0) == 0x80) ++size;
  return size;
}

}  // namespace

void append_as_utf8(std::string& out, std::string_view text) {
  while (!text.empty()) {
    auto const valid = valid_utf8_prefix(text);
    out += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) return;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(broken_size(text));
  }
}

std::string_view cut_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  for (; text.size() >= sizeof seen; text.remove_prefix(sizeof seen)) {
    std::uint64_t block;
    std::memcpy(&block, text.data(), sizeof block);
    seen |= block;
  }
  for (unsigned char c : text) seen |= c;
  return (seen & 0x8080808080808080U) == 0;
}

}  // namespace runcast
