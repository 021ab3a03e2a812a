#include "model/json_text.hpp"

#include <array>
#include <cstdint>

namespace runcast {
namespace {

// 0: stands for itself, 1: needs an escape, 2: the start of a sequence of several bytes (or an invalid byte).
constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = 1;
  table['"'] = table['\\'] = 1;
  for (std::size_t i = 0x80; i < 256; ++i) table[i] = 2;
  return table;
}();

std::uint8_t class_of(char c) { return classes[static_cast<unsigned char>(c)]; }

void append_escape(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      out += "\\u00";
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[static_cast<unsigned char>(c) & 15];
  }
}

// The size of the well-formed sequence that `text` begins with, or 0 (Unicode 15, table 3-7).
std::size_t sequence_size(std::string_view text) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned const first = byte(0);
  if (first < 0x80) return 1;
  std::size_t const size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  unsigned const low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned const high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return size;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // from here to `i`, all stands for itself
  std::size_t i = 0;
  auto const flush = [&] { out.append(text, plain, i - plain); };
  while (i < text.size()) {
    auto const kind = class_of(text[i]);
    if (kind == 0) {
      ++i;
      continue;
    }
    if (kind == 2) {
      if (auto const size = sequence_size(text.substr(i))) {
        i += size;
        continue;
      }
    }
    flush();
    if (kind == 1) {
      append_escape(out, text[i]);
    } else {
      out += "\xEF\xBF\xBD";
    }
    plain = ++i;
  }
  flush();
  out += '"';
}

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    auto const size = sequence_size(text.substr(i));
    if (size == 0) break;
    i += size;
  }
  return i;
}

}  // namespace runcast
