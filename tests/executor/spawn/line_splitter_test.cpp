#include "executor/spawn/line_splitter.hpp"

#include <cstring>

#include <catch2/catch.hpp>

namespace runcast {
namespace {

constexpr auto replacement = "\xEF\xBF\xBD";

struct Kept {
  std::string text;
  bool truncated = false;
  friend bool operator==(Kept const&, Kept const&) = default;
  friend std::ostream& operator<<(std::ostream& out, Kept const& kept) {
    return out << '"' << kept.text << '"' << (kept.truncated ? " (truncated)" : "");
  }
};

// The lines of `text` when it arrives in pieces of `piece` bytes.
std::vector<Kept> split(std::string_view text, std::size_t piece, std::size_t max_line = 1 << 20) {
  LineSplitter splitter(max_line);
  std::vector<Kept> kept;
  auto const keep = [&] {
    for (auto const& line : splitter.lines()) kept.push_back({std::string(line.text), line.truncated});
  };
  while (!text.empty()) {
    auto const space = splitter.space();
    auto const size = std::min({piece, text.size(), space.size()});
    std::memcpy(space.data(), text.data(), size);
    splitter.commit(size);
    keep();
    text.remove_prefix(size);
  }
  splitter.finish();
  keep();
  return kept;
}

TEST_CASE("lines end with LF, CR LF or the end of the output, however the reads fell") {
  auto const text = std::string_view("one\ntwo\r\n\n\r\nfive\rstill five\nsix");
  std::vector<Kept> const expected = {{"one"}, {"two"}, {""}, {""}, {"five\rstill five"}, {"six"}};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) CHECK(split(text, piece) == expected);
}

TEST_CASE("output that ends with a line end has no empty line after it") {
  CHECK(split("one\n", 100) == std::vector<Kept>{{"one"}});
  CHECK(split("", 100).empty());
}

TEST_CASE("NUL is a character like any other") {
  auto const text = std::string("a\0b\n\0", 5);
  CHECK(split(text, 2) == std::vector<Kept>{{std::string("a\0b", 3)}, {std::string("\0", 1)}});
}

TEST_CASE("a character that is split across reads stays whole") {
  auto const text = std::string_view("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x9A\x80\n");
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    CHECK(split(text, piece) == std::vector<Kept>{{std::string(text.substr(0, text.size() - 1))}});
  }
}

TEST_CASE("output that is not UTF-8 is repaired, however the reads fell") {
  auto const r = std::string(replacement);
  for (std::size_t piece = 1; piece < 6; ++piece) {
    CHECK(split("x\xE2\x82\ny\xFF", piece) == std::vector<Kept>{{"x" + r}, {"y" + r}});
  }
}

TEST_CASE("a line that is too long is cut and marked, and the next one is whole") {
  auto const text = std::string("12345678\n123456789\n1234567890123456789012345\r\n12345678\r\nend");
  std::vector<Kept> const expected = {{"12345678"}, {"12345678", true}, {"12345678", true}, {"12345678"}, {"end"}};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) CHECK(split(text, piece, 8) == expected);
}

TEST_CASE("a cut never splits a character") {
  auto const text = std::string("1234567\xC3\xA4 and more\n123456\xE2\x82\xAC\n12345\xE2\x82\xAC\n\xFF\xFF\xFF\n");
  auto const r = std::string(replacement);
  std::vector<Kept> const expected = {{"1234567", true}, {"123456", true}, {"12345\xE2\x82\xAC"}, {r + r, true}};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) CHECK(split(text, piece, 8) == expected);
}

TEST_CASE("an endless line costs no more memory than its limit") {
  LineSplitter splitter(1 << 20);
  std::size_t largest = 0;
  for (int i = 0; i < 1'000; ++i) {
    auto const space = splitter.space();
    largest = std::max(largest, space.size());
    std::memset(space.data(), 'x', space.size());
    splitter.commit(space.size());
    REQUIRE(splitter.lines().empty());
  }
  splitter.finish();
  REQUIRE(splitter.lines().size() == 1);
  CHECK(splitter.lines()[0].text.size() == 1 << 20);
  CHECK(splitter.lines()[0].truncated);
  CHECK(largest < 1 << 20);
}

}  // namespace
}  // namespace runcast
