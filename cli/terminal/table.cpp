#include "cli/terminal/table.hpp"

#include <algorithm>
#include <numeric>

#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

constexpr std::size_t gap = 2;

std::vector<std::size_t> column_widths(Table const& table) {
  std::vector<std::size_t> widths;
  for (auto const& name : table.heading) widths.push_back(display_width(name));
  for (auto const& row : table.rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  return widths;
}

// Cuts the names by as much as the table is too wide, and leaves them a third of the width.
void narrow_names(std::vector<std::size_t>& widths, std::size_t names, std::size_t columns) {
  auto const wanted = std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
  std::size_t const least = std::min(widths[names], columns / 3);
  if (wanted > columns) widths[names] -= std::min(wanted - columns, widths[names] - least);
}

std::string layout_row(std::vector<std::string> const& cells, std::vector<std::size_t> const& widths,
                       std::size_t columns) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += pad(cells[i], widths[i]);
    if (i + 1 < cells.size()) line.append(gap, ' ');
  }
  while (line.ends_with(' ')) line.pop_back();
  return (columns == 0 ? line : fit(line, columns)) + "\n";
}

}  // namespace

std::string layout(Table const& table, Style const& style, std::size_t columns) {
  auto widths = column_widths(table);
  if (columns > 0) narrow_names(widths, table.names, columns);
  auto heading = table.heading;
  for (auto& name : heading) name = style.paint(Paint::bold, name);
  std::string out = layout_row(heading, widths, columns);
  for (auto const& row : table.rows) out += layout_row(row, widths, columns);
  return out;
}

}  // namespace runcast::cli
