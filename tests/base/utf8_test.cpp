#include "base/utf8.hpp"

#include <vector>

#include <fmt/format.h>
#include <catch2/catch.hpp>

namespace runcast {
namespace {

using namespace std::string_literals;

// Table 3-7 of Unicode's chapter 3, in its own words: the ranges of each byte of a well-formed character.
bool is_in_table(std::string_view text) {
  struct Row {
    std::vector<std::pair<unsigned, unsigned>> ranges;
  };
  static std::vector<Row> const rows = {{{{0x00, 0x7F}}},
                                        {{{0xC2, 0xDF}, {0x80, 0xBF}}},
                                        {{{0xE0, 0xE0}, {0xA0, 0xBF}, {0x80, 0xBF}}},
                                        {{{0xE1, 0xEC}, {0x80, 0xBF}, {0x80, 0xBF}}},
                                        {{{0xED, 0xED}, {0x80, 0x9F}, {0x80, 0xBF}}},
                                        {{{0xEE, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}}},
                                        {{{0xF0, 0xF0}, {0x90, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}}},
                                        {{{0xF1, 0xF3}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}}},
                                        {{{0xF4, 0xF4}, {0x80, 0x8F}, {0x80, 0xBF}, {0x80, 0xBF}}}};
  for (auto const& row : rows) {
    bool fits = text.size() == row.ranges.size();
    for (std::size_t i = 0; fits && i < text.size(); ++i) {
      unsigned const byte = static_cast<unsigned char>(text[i]);
      fits = byte >= row.ranges[i].first && byte <= row.ranges[i].second;
    }
    if (fits) return true;
  }
  return false;
}

std::string repaired(std::string_view text) {
  std::string out;
  append_as_utf8(out, text);
  return out;
}

}  // namespace

TEST_CASE("a character is what Unicode's table says, at every edge of it") {
  std::vector<unsigned> const edges = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                       0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                       0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFD, 0xFF};
  std::string text;
  auto const check = [&](auto const& more, std::size_t size) -> void {
    if (!text.empty()) {
      bool const one = is_in_table(text);
      bool const whole = utf8_char_size(text) == text.size();
      if (one != whole)
        FAIL_CHECK(fmt::format("{:02x}", fmt::join(std::vector<unsigned char>(text.begin(), text.end()), " ")));
    }
    if (size == 4) return;
    for (unsigned edge : edges) {
      text.push_back(static_cast<char>(edge));
      more(more, size + 1);
      text.pop_back();
    }
  };
  check(check, 0);
}

TEST_CASE("the valid beginning of a text ends before what breaks it, wherever that is") {
  for (std::size_t ascii = 0; ascii < 20; ++ascii) {
    std::string const before = std::string(ascii, 'x') + "\xE2\x82\xAC";
    CHECK(valid_utf8_prefix(before) == before.size());
    CHECK(is_utf8(before));
    CHECK(valid_utf8_prefix(before + "\xFF" + "abcdefghijkl") == before.size());
    CHECK(valid_utf8_prefix(before + "\xE2\x82") == before.size());
    CHECK_FALSE(is_utf8(before + "\xE2\x82"));
  }
  CHECK(valid_utf8_prefix("") == 0);
  CHECK(is_utf8("a\0b"s));
}

TEST_CASE("in whatever pieces a text comes, the answer is that of the whole") {
  for (std::string const& text : {"12345678 \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x9A\x80 87654321"s, "\xE2\x82"s,
                                  "x\xED\xA0\x80"s, "12345678\xF4\x90\x80\x80"s, "\xF0\x9F\x9A"s, ""s}) {
    for (std::size_t size = 1; size <= text.size() + 1; ++size) {
      Utf8Checker checker;
      bool valid = true;
      for (std::size_t i = 0; valid && i < text.size(); i += size) {
        valid = checker.feed(std::string_view(text).substr(i, size));
      }
      CHECK((valid && checker.complete()) == is_utf8(text));
    }
  }
}

TEST_CASE("each broken sequence becomes one U+FFFD, as in browsers") {
  std::string const r = "\xEF\xBF\xBD";
  CHECK(repaired("a\xFFz") == "a" + r + "z");
  CHECK(repaired("\x80\x80") == r + r);
  CHECK(repaired("\xE2\x82z") == r + "z");       // a character that breaks off
  CHECK(repaired("\xF0\x9F\x9A") == r);          // the same at the end
  CHECK(repaired("\xC0\xAF") == r + r);          // overlong
  CHECK(repaired("\xED\xA0\x80") == r + r + r);  // a surrogate
  CHECK(repaired("\xF4\x90\x80\x80") == r + r + r + r);
  CHECK(repaired("\xE2\x82\xE2\x82\xAC") == r + "\xE2\x82\xAC");
  CHECK(repaired("plain \xE2\x82\xAC") == "plain \xE2\x82\xAC");
}

TEST_CASE("a text is cut only between characters") {
  CHECK(utf8_prefix("abc", 5) == "abc");
  CHECK(utf8_prefix("abc", 2) == "ab");
  CHECK(utf8_prefix("a\xE2\x82\xAC", 3) == "a");
  CHECK(utf8_prefix("a\xE2\x82\xAC", 4) == "a\xE2\x82\xAC");
  CHECK(utf8_prefix("\xF0\x9F\x98\x80", 3).empty());
}

}  // namespace runcast
