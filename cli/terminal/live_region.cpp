#include "cli/terminal/live_region.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/terminal/text.hpp"

namespace runcast::cli {

std::string LiveRegion::draw(std::string_view scrolled, std::vector<std::string> const& lines, std::size_t columns) {
  std::string out;
  if (!widths_.empty()) {
    std::size_t rows = 0;
    for (auto const width : widths_) rows += std::max<std::size_t>(1, (width + columns - 1) / columns);
    out += '\r';
    if (rows > 1) out += fmt::format("\x1b[{}A", rows - 1);
    out += "\x1b[J";
  }
  out += scrolled;
  widths_.clear();
  for (auto const& line : lines) {
    if (!widths_.empty()) out += '\n';
    out += line;
    widths_.push_back(display_width(line));
  }
  return out;
}

std::string LiveRegion::leave() {
  bool const is_drawn = !widths_.empty();
  widths_.clear();
  return is_drawn ? "\n" : "";
}

}  // namespace runcast::cli
