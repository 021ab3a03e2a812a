#include "cli/terminal/terminal.hpp"

#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace runcast::cli {
namespace {

std::string_view variable(char const* name) {
  char const* const value = std::getenv(name);
  return value ? value : "";
}

// As setlocale() would find it: the first of these that is set.
bool is_utf8_locale() {
  for (auto const* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    auto const value = variable(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos;
  }
  return false;
}

}  // namespace

Terminal standard_output() {
  Terminal terminal;
  terminal.is_terminal = isatty(STDOUT_FILENO) == 1;
  auto const kind = variable("TERM");
  terminal.interactive = terminal.is_terminal && !kind.empty() && kind != "dumb";
  terminal.style.colour = terminal.interactive && variable("NO_COLOR").empty();
  terminal.style.unicode = is_utf8_locale();
  return terminal;
}

TerminalSize terminal_size() {
  winsize size{};
  TerminalSize const unknown;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return unknown;
  return {size.ws_col, size.ws_row};
}

std::size_t table_columns() { return isatty(STDOUT_FILENO) == 1 ? terminal_size().columns : 0; }

}  // namespace runcast::cli
