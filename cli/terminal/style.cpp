#include "cli/terminal/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace runcast::cli {

std::string Style::paint(Paint paint, std::string_view text) const {
  static constexpr std::array codes{"", "1", "2", "31", "32", "33", "34", "36"};
  if (!colour || paint == Paint::none || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(paint)], text);
}

std::string_view Style::glyph(StepStatus status) const {
  switch (status) {
    case StepStatus::pending:
      return unicode ? "○" : ".";
    case StepStatus::running:
      return unicode ? "●" : ">";
    case StepStatus::succeeded:
      return unicode ? "✓" : "+";
    case StepStatus::failed:
      return unicode ? "✗" : "x";
    case StepStatus::skipped:
      return unicode ? "–" : "-";
    case StepStatus::cancelled:
      return unicode ? "⊘" : "!";
  }
  return "?";
}

std::string Style::bar(double share, std::size_t width) const {
  auto const filled = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width)));
  std::string out;
  for (std::size_t i = 0; i < width; ++i) out += i < filled ? (unicode ? "█" : "#") : (unicode ? "░" : ".");
  return out;
}

Paint paint_of(StepStatus status) {
  switch (status) {
    case StepStatus::running:
      return Paint::cyan;
    case StepStatus::succeeded:
      return Paint::green;
    case StepStatus::failed:
      return Paint::red;
    case StepStatus::cancelled:
      return Paint::yellow;
    default:
      return Paint::faint;
  }
}

Paint paint_of(RunStatus status) {
  switch (status) {
    case RunStatus::running:
      return Paint::cyan;
    case RunStatus::succeeded:
      return Paint::green;
    case RunStatus::failed:
      return Paint::red;
    case RunStatus::cancelled:
      return Paint::yellow;
    default:
      return Paint::faint;
  }
}

Paint paint_of(Level level) {
  switch (level) {
    case Level::debug:
      return Paint::faint;
    case Level::warn:
      return Paint::yellow;
    case Level::error:
      return Paint::red;
    default:
      return Paint::none;
  }
}

}  // namespace runcast::cli
