#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/terminal/style.hpp"

namespace runcast::cli {

// Rows under a heading, each column as wide as its widest cell.
struct Table {
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;  // each as long as the heading; cells may be painted
  std::size_t names = 0;                       // the column whose cells may be cut
};

// The table's lines, each ended by a line feed. Where it is wider than `columns`, the names give way, to no less than a
// third of them, and then what stands at the right edge; 0: no bound. No space is left at the end of a line.
std::string layout(Table const& table, Style const& style, std::size_t columns);

}  // namespace runcast::cli
