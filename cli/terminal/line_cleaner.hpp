#pragma once

#include <string>
#include <string_view>

#include "cli/terminal/terminal.hpp"

namespace runcast::cli {

// Lines that come in pieces, on their way to standard output: untouched, unless that is a terminal; there each whole
// line is made harmless(). A line that is not whole yet is held back.
class LineCleaner {
 public:
  explicit LineCleaner(Terminal terminal) : terminal_(terminal) {}

  // What of it can be written now.
  std::string take(std::string_view piece);

 private:
  Terminal terminal_;
  std::string begun_;
};

}  // namespace runcast::cli
