#include "cli/help_formatter.hpp"

namespace runcast::cli {

HelpFormatter::HelpFormatter() {
  column_width(30);
  label("SUBCOMMAND", "COMMAND");
}

std::string HelpFormatter::make_help(CLI::App const* app, std::string name, CLI::AppFormatMode mode) const {
  auto help = Formatter::make_help(app, std::move(name), mode);
  constexpr std::string_view two_empty_lines = "\n\n\n";
  for (auto at = help.find(two_empty_lines); at != help.npos; at = help.find(two_empty_lines, at)) help.erase(at, 1);
  return help;
}

std::string HelpFormatter::make_usage(CLI::App const* app, std::string name) const {
  auto usage = Formatter::make_usage(app, std::move(name));
  if (app->get_prefix_command()) usage.insert(usage.find_last_not_of('\n') + 1, " -- COMMAND...");
  return usage;
}

}  // namespace runcast::cli
