#include "hub/websocket/utf8.hpp"

#include <cstring>

namespace runcast {
namespace {

// How many bytes at the beginning are ASCII, counted in words: nearly all of what clients send.
std::size_t ascii_run(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::size_t run = 0;
  for (std::uint64_t word; text.size() - run >= sizeof(word); run += sizeof(word)) {
    std::memcpy(&word, text.data() + run, sizeof(word));
    if (word & high_bits) break;
  }
  return run;
}

bool is_continuation(char byte) { return (static_cast<std::uint8_t>(byte) & 0xC0) == 0x80; }

}  // namespace

bool Utf8Checker::feed(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size();) {
    if (awaited_ == 0) {
      i += ascii_run(piece.substr(i));
      if (i < piece.size() && !start(static_cast<std::uint8_t>(piece[i++]))) return false;
      continue;
    }
    auto const byte = static_cast<std::uint8_t>(piece[i++]);
    if (byte < lowest_ || byte > highest_) return false;
    lowest_ = 0x80;
    highest_ = 0xBF;
    --awaited_;
  }
  return true;
}

// The table of RFC 3629, section 4: the lead byte says how many follow, and narrows the first of them.
bool Utf8Checker::start(std::uint8_t lead) {
  if (lead < 0x80) return true;
  if (lead < 0xC2 || lead > 0xF4) return false;
  awaited_ = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  if (lead == 0xE0) lowest_ = 0xA0;
  if (lead == 0xED) highest_ = 0x9F;
  if (lead == 0xF0) lowest_ = 0x90;
  if (lead == 0xF4) highest_ = 0x8F;
  return true;
}

bool is_utf8(std::string_view text) {
  Utf8Checker checker;
  return checker.feed(text) && checker.complete();
}

std::string_view utf8_prefix(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && is_continuation(text[size])) --size;
  return text.substr(0, size);
}

}  // namespace runcast
