#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace runcast::cli {

// Help as CLI11 writes it, with one empty line between groups, and with the command that a command ends with.
class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter();

  std::string make_help(CLI::App const* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_usage(CLI::App const* app, std::string name) const override;
};

}  // namespace runcast::cli
