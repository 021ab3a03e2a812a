#include "cli/terminal/text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/terminal/utf8.hpp"

namespace runcast::cli {
namespace {

constexpr char escape = '\x1b';
constexpr std::string_view reset = "\x1b[0m";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Up to and with the end of a string that an OSC, DCS, SOS, PM or APC sequence opened: BEL, or ESC and a backslash.
std::size_t string_sequence_size(std::string_view text) {
  for (std::size_t i = 2; i < text.size(); ++i) {
    if (text[i] == '\a') return i + 1;
    if (text[i] == escape) return i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : i;
  }
  return text.size();
}

// The size of the escape sequence that `text` begins with (ECMA-48). One that is cut off takes what there is of it.
std::size_t sequence_size(std::string_view text) {
  if (text.size() < 2) return text.size();
  switch (text[1]) {
    case '[': {
      std::size_t i = 2;
      while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x3F) ++i;
      return i < text.size() && text[i] >= 0x40 && text[i] <= 0x7E ? i + 1 : i;
    }
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
      return string_sequence_size(text);
    default: {
      std::size_t i = 1;
      while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x2F) ++i;
      return i < text.size() && text[i] >= 0x30 && text[i] <= 0x7E ? i + 1 : i;
    }
  }
}

bool is_colour(std::string_view sequence) {
  if (sequence.size() < 3 || sequence[1] != '[' || sequence.back() != 'm') return false;
  return sequence.substr(2, sequence.size() - 3).find_first_not_of("0123456789;:") == std::string_view::npos;
}

bool is_bidi_control(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

void append_harmless(std::string& out, std::string_view bytes, CodePoint c) {
  if (!c.valid) {
    out += replacement;
  } else if (c.value < 0x20 && c.value != '\t') {
    out += {'^', static_cast<char>(c.value + 0x40)};
  } else if (c.value == 0x7F) {
    out += "^?";
  } else if ((c.value < 0x80 || c.value > 0x9F) && !is_bidi_control(c.value)) {
    out += bytes;
  }
}

}  // namespace

std::string harmless(std::string_view text, Colours colours) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size());
  bool coloured = false;
  while (!text.empty()) {
    if (text.front() == escape) {
      auto const sequence = text.substr(0, sequence_size(text));
      if (colours == Colours::keep && is_colour(sequence)) {
        out += sequence;
        coloured = true;
      }
      text.remove_prefix(sequence.size());
      continue;
    }
    auto const c = decode_utf8(text);
    append_harmless(out, text.substr(0, c.size), c);
    text.remove_prefix(c.size);
  }
  if (coloured) out += reset;
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (text.front() == escape) {
      text.remove_prefix(sequence_size(text));
      continue;
    }
    auto const c = decode_utf8(text);
    width += static_cast<std::size_t>(column_width(c.value));
    text.remove_prefix(c.size);
  }
  return width;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string out;
  bool coloured = false;
  for (std::size_t width = 0; !text.empty();) {
    if (text.front() == escape) {
      auto const sequence = text.substr(0, sequence_size(text));
      out += sequence;
      coloured = true;
      text.remove_prefix(sequence.size());
      continue;
    }
    auto const c = decode_utf8(text);
    width += static_cast<std::size_t>(column_width(c.value));
    if (width > columns - 1) break;
    out += text.substr(0, c.size);
    text.remove_prefix(c.size);
  }
  out += "…";
  if (coloured) out += reset;
  return out;
}

std::string pad(std::string_view text, std::size_t columns) {
  std::string out = fit(text, columns);
  std::size_t const width = display_width(out);
  out.append(columns - std::min(columns, width), ' ');
  return out;
}

std::string count_of(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace runcast::cli
