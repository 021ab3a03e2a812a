#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/utf8.hpp"
#include "executor/line.hpp"
#include "executor/spawn/line_splitter.hpp"

// All that a command says: through its pipes, line by line, and in its output file.
namespace runcast {
namespace {

using Lines = std::vector<std::pair<std::string, bool>>;

constexpr std::size_t max_line = 24;

void check(bool holds) {
  if (!holds) std::abort();
}

Lines split(std::string_view text, std::size_t piece) {
  LineSplitter splitter(max_line);
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

void check_line(std::string_view line) {
  check(line.size() <= max_line && line.find('\n') == line.npos);
  check(is_utf8(line));
  auto const said = parse_line(line, Level::info);
  if (auto const* const progress = std::get_if<SaidProgress>(&said)) {
    check(progress->progress >= 0 && progress->progress <= 1);
  }
}

}  // namespace
}  // namespace runcast

// The first byte says in which pieces the rest arrives; the lines must not depend on it.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const text(reinterpret_cast<char const*>(data) + 1, size - 1);
  auto const lines = runcast::split(text, 1 + data[0] % 64);
  runcast::check(lines == runcast::split(text, size));
  for (auto const& line : lines) runcast::check_line(line.first);
  static_cast<void>(runcast::parse_outputs(text));
  return 0;
}
