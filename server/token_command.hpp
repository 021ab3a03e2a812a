#pragma once

#include "cli/cli.hpp"

namespace runcast {

// The `token` command: makes, lists and revokes the tokens of the server whose data directory it is, beside it.
void add_token(CLI::App& app, CommandAction& action);

}  // namespace runcast
