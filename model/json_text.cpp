#include "model/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/utf8.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

// 0: stands for itself, 1: needs an escape, 2: the start of a sequence of several bytes (or an invalid byte).
constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = 1;
  table['"'] = table['\\'] = 1;
  for (std::size_t i = 0x80; i < 256; ++i) table[i] = 2;
  return table;
}();

std::uint8_t class_of(char c) { return classes[static_cast<unsigned char>(c)]; }

// Whether all eight bytes stand for themselves: none below 0x20 or above 0x7f, no quote and no backslash. What is
// subtracted borrows into a byte's high bit where the byte is less than that
// (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord).
bool is_plain(char const* bytes) {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
  constexpr std::uint64_t highs = 0x80 * ones;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  auto const less = [](std::uint64_t each, std::uint64_t bound) { return (each - bound * ones) & ~each; };
  auto const odd = word | less(word, 0x20) | less(word ^ (ones * '"'), 1) | less(word ^ (ones * '\\'), 1);
  return (odd & highs) == 0;
}

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

// The shortest text that reads back as the same number.
std::string_view append_digits(std::string& out, auto number) {
  std::array<char, 32> digits;
  auto const [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  auto const size = static_cast<std::size_t>(end - digits.data());
  out.append(digits.data(), size);
  return std::string_view(out).substr(out.size() - size);
}

void append(std::string& out, json::value const& value);

void append(std::string& out, json::object const& object) {
  char before = '{';
  for (auto const& [key, value] : object) {
    out += std::exchange(before, ',');
    append_json_string(out, key);
    out += ':';
    append(out, value);
  }
  out += object.empty() ? "{}" : "}";
}

void append(std::string& out, json::array const& array) {
  char before = '[';
  for (auto const& value : array) {
    out += std::exchange(before, ',');
    append(out, value);
  }
  out += array.empty() ? "[]" : "]";
}

void append(std::string& out, json::value const& value) {
  switch (value.kind()) {
    case json::kind::object:
      return append(out, value.get_object());
    case json::kind::array:
      return append(out, value.get_array());
    case json::kind::string:
      return append_json_string(out, value.get_string());
    case json::kind::int64:
      append_digits(out, value.get_int64());
      break;
    case json::kind::uint64:
      append_digits(out, value.get_uint64());
      break;
    case json::kind::double_:
      return append_json_number(out, value.get_double());
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case json::kind::null:
      out += "null";
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // from here to `i`, all stands for itself
  std::size_t i = 0;
  auto const flush = [&] { out.append(text, plain, i - plain); };
  while (i < text.size()) {
    if (text.size() >= 8) {  // the last eight may overlap what was looked at
      auto const from = std::min(i, text.size() - 8);
      if (is_plain(text.data() + from)) {
        i = from + 8;
        continue;
      }
    }
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

void append_json_number(std::string& out, double number) {
  auto const text = append_digits(out, number);
  if (text.find_first_of(".e") == text.npos) out += ".0";
}

std::string to_json_text(json::value const& value) {
  std::string text;
  append(text, value);
  return text;
}

std::string to_json_text(json::object const& object) {
  std::string text;
  append(text, object);
  return text;
}

std::string to_json_text(json::array const& array) {
  std::string text;
  append(text, array);
  return text;
}

}  // namespace runcast
