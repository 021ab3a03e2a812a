#include "base/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace runcast {
namespace {

// How many bytes at the beginning are ASCII, counted in words: nearly all of what is read.
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

// The table of RFC 3629, section 4: the lead byte says how many follow, and narrows the first of them.
Utf8Lead lead_of(char byte) {
  auto const lead = static_cast<std::uint8_t>(byte);
  if (lead < 0x80) return {};
  if (lead < 0xC2 || lead > 0xF4) return {.valid = false};
  Utf8Lead result{.following = static_cast<std::uint8_t>(lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3)};
  if (lead == 0xE0) result.lowest = 0xA0;
  if (lead == 0xED) result.highest = 0x9F;
  if (lead == 0xF0) result.lowest = 0x90;
  if (lead == 0xF4) result.highest = 0x8F;
  return result;
}

// Takes one byte that follows a lead; false: it may not.
bool take(Utf8Lead& awaited, char next) {
  auto const byte = static_cast<std::uint8_t>(next);
  if (byte < awaited.lowest || byte > awaited.highest) return false;
  awaited = {.following = static_cast<std::uint8_t>(awaited.following - 1)};
  return true;
}

struct Beginning {
  std::size_t size = 0;  // bytes that belong together, at least one
  bool whole = false;    // a character; else a part of one, or a byte that begins none
};

Beginning beginning_of(std::string_view text) {
  auto awaited = lead_of(text.front());
  std::size_t size = 1;
  if (!awaited.valid) return {size, false};
  while (awaited.following > 0 && size < text.size() && take(awaited, text[size])) ++size;
  return {size, awaited.following == 0};
}

}  // namespace

std::size_t utf8_char_size(std::string_view text) {
  if (text.empty()) return 0;
  auto const beginning = beginning_of(text);
  return beginning.whole ? beginning.size : 0;
}

bool is_utf8(std::string_view text) { return valid_utf8_prefix(text) == text.size(); }

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t valid = 0;
  while (valid < text.size()) {
    auto const rest = text.substr(valid);
    auto const size = static_cast<std::uint8_t>(rest.front()) < 0x80 ? std::max<std::size_t>(ascii_run(rest), 1)
                                                                     : utf8_char_size(rest);
    if (size == 0) break;
    valid += size;
  }
  return valid;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && is_continuation(text[max_bytes])) --max_bytes;
  return text.substr(0, max_bytes);
}

void append_as_utf8(std::string& out, std::string_view text) {
  while (true) {
    auto const valid = valid_utf8_prefix(text);
    out += text.substr(0, valid);
    text.remove_prefix(valid);
    if (text.empty()) return;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(beginning_of(text).size);
  }
}

bool Utf8Checker::feed(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size();) {
    if (!complete()) {
      if (!take(awaited_, piece[i++])) return false;
      continue;
    }
    i += ascii_run(piece.substr(i));
    if (i == piece.size()) break;
    awaited_ = lead_of(piece[i++]);
    if (!awaited_.valid) return false;
  }
  return true;
}

}  // namespace runcast
