#pragma once

#include <string>
#include <string_view>

#include "model/status.hpp"

namespace runcast::cli {

enum class Paint { none, bold, faint, red, green, yellow, blue, cyan };

// How text may look on what it is written to.
struct Style {
  bool colour = false;
  bool unicode = true;  // glyphs beyond ASCII

  std::string paint(Paint paint, std::string_view text) const;
  std::string_view glyph(StepStatus status) const;
  // `width` columns, filled up to `share` (0 to 1).
  std::string bar(double share, std::size_t width) const;
};

Paint paint_of(StepStatus status);
Paint paint_of(RunStatus status);
Paint paint_of(Level level);

}  // namespace runcast::cli
