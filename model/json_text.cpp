#include "model/json_text.hpp"

#include <array>
#include <cstdint>

#include "base/utf8.hpp"

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
      if (auto const size = utf8_char_size(text.substr(i))) {
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

}  // namespace runcast
