#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runcast::cli {

// A few lines that stay at the bottom of a terminal while others scroll by above them. It makes the text (plain ANSI)
// and remembers what is drawn; writing it is the caller's. Pure.
class LiveRegion {
 public:
  // What to write so that the region shows `lines`, with `scrolled` (whole lines, each with its line feed) above it.
  // Each of `lines` is narrower than `columns`, the terminal's width now: where it was wider when the region was drawn,
  // its lines are wrapped by now and take more rows.
  std::string draw(std::string_view scrolled, std::vector<std::string> const& lines, std::size_t columns);

  // What to write to leave the region standing as it is, and go on below it.
  std::string leave();

 private:
  std::vector<std::size_t> widths_;  // of the lines that stand there
};

}  // namespace runcast::cli
