#pragma once

#include <functional>
#include <initializer_list>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls it so
class App;
}

namespace runcast {

// What the chosen command does; its result is the process's exit code.
using CommandAction = std::function<int()>;

// Adds one command to the program: `app.add_subcommand(…)` with its options, and a callback that puts into `action`
// what is to be done, where the user chooses it. `action` lives as long as `app`.
using AddCommand = void (*)(CLI::App& app, CommandAction& action);

// The program: reads the command line, does what the chosen command says, and returns the exit code
// (cli/exit_code.hpp). The commands that talk to a server are there; `others` come before them in the help.
int run_cli(int argc, char** argv, std::initializer_list<AddCommand> others = {});

}  // namespace runcast
