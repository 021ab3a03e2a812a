#pragma once

#include "cli/cli.hpp"

namespace runcast {

// The `serve` command.
void add_serve(CLI::App& app, CommandAction& action);

}  // namespace runcast
