#pragma once

#include <cstddef>

#include "cli/terminal/style.hpp"

namespace runcast::cli {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// What standard output is. Colour and drawing want a terminal that is not dumb; NO_COLOR (any value but an empty one)
// takes colour away, a locale that is not UTF-8 the glyphs.
struct Terminal {
  bool is_terminal = false;  // somebody looks at it
  bool interactive = false;  // the cursor can be moved: a live view may be drawn
  Style style;
};

Terminal standard_output();

// The size now, so that a resize takes effect at the next drawing. 80 × 24 where it is unknown.
TerminalSize terminal_size();

// The bound for tables: the terminal's width, or 0 (none) where standard output goes elsewhere.
std::size_t table_columns();

}  // namespace runcast::cli
