#include "cli/terminal/line_cleaner.hpp"

#include "cli/terminal/text.hpp"

namespace runcast::cli {

std::string LineCleaner::take(std::string_view piece) {
  if (!terminal_.is_terminal) return std::string(piece);
  std::string out;
  for (auto end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    begun_ += piece.substr(0, end);
    out += harmless(begun_, terminal_.style.colour ? Colours::keep : Colours::drop) + "\n";
    begun_.clear();
    piece.remove_prefix(end + 1);
  }
  begun_ += piece;
  return out;
}

}  // namespace runcast::cli
