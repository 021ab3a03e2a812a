#pragma once

#include <string>
#include <vector>

#include "cli/terminal/style.hpp"

namespace runcast::cli {

// Rows under a heading, each column as wide as its widest cell.
struct Table {
  std::vector<std::string> heading;
  std::vector<std::vector<std::string>> rows;  // each as long as the heading; cells may be painted
};

// The table's lines, each ended by a line feed. Where it is wider than `columns` the last column is cut; 0: no bound.
// No space is left at the end of a line.
std::string layout(Table const& table, Style const& style, std::size_t columns);

}  // namespace runcast::cli
