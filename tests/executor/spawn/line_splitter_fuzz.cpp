#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "executor/spawn/line_splitter.hpp"
#include "model/json_text.hpp"

namespace {

using Lines = std::vector<std::pair<std::string, bool>>;

constexpr std::size_t max_line = 24;

Lines split(std::string_view text, std::size_t piece) {
  runcast::LineSplitter splitter(max_line);
  Lines kept;
  auto const keep = [&] {
    for (auto const& line : splitter.lines()) kept.emplace_back(line.text, line.truncated);
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

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// The first byte says in which pieces the rest arrives; the lines must not depend on it.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const text(reinterpret_cast<char const*>(data) + 1, size - 1);
  auto const lines = split(text, 1 + data[0] % 64);
  check(lines == split(text, size));
  for (auto const& [line, truncated] : lines) {
    check(line.size() <= max_line && line.find('\n') == line.npos);
    check(runcast::valid_utf8_prefix(line) == line.size());
  }
  return 0;
}
