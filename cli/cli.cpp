#include "cli/cli.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/help_formatter.hpp"
#include "cli/terminal/text.hpp"
#include "model/suggest.hpp"

namespace runcast {
namespace cli {
namespace {

constexpr auto description = "runcast runs workflows of steps, and lets you watch them live.";
constexpr auto footer =
    "`runcast COMMAND --help` tells more of each, with examples.\n\n"
    "Environment:\n"
    "  RUNCAST_SERVER   where the server is (--server)\n"
    "  RUNCAST_TOKEN    the token that it asks for (--token)\n"
    "  RUNCAST_CA       whom to trust for https (--ca)\n"
    "  NO_COLOR         no colours, if not empty\n\n"
    "Exit codes: 0 done, or the run succeeded; 1 the run failed; 130 it was cancelled, or Ctrl-C;\n"
    "2 bad use, or refused by the server; 3 no server.";

// "; did you mean 'submit'?" for a word that is nearly one of `known`.
std::string hint(std::string_view word, std::vector<std::string> const& known) {
  std::vector<std::string_view> const views{known.begin(), known.end()};
  return Suggester{}.hint(word, views);
}

std::vector<std::string> command_names(CLI::App const& app) {
  std::vector<std::string> names;
  for (auto const* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(CLI::App const& command) {
  std::vector<std::string> names;
  for (auto const* option : command.get_options()) {
    for (auto const& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// The command that was chosen before parsing failed, or the program itself.
CLI::App const& chosen(CLI::App const& app) {
  auto const commands = app.get_subcommands();
  return commands.empty() ? app : chosen(*commands.front());
}

int tell_misuse(CLI::App const& app, CLI::ParseError const& error) {
  auto const& command = chosen(app);
  auto const unknown = app.remaining(true);
  auto known = command_names(command);
  bool const lacks_command = !known.empty() && command.get_subcommands().empty();
  std::string text = error.what();
  bool const is_told = lacks_command || dynamic_cast<CLI::ExtrasError const*>(&error) ||
                       (dynamic_cast<CLI::RequiredError const*>(&error) && !command.get_prefix_command());
  if (!unknown.empty() && is_told) {
    auto const word = unknown.front().substr(0, unknown.front().find('='));
    for (auto& name : option_names(command)) known.push_back(std::move(name));
    text = fmt::format("unknown argument '{}'{}", plain_text(word), hint(word, known));
  } else if (lacks_command) {
    text = fmt::format("one of these is needed: {}", fmt::join(known, ", "));
  }
  std::string of;
  for (auto const* each = &command; each != &app; each = each->get_parent()) {
    of = fmt::format(" {}{}", each->get_name(), of);
  }
  fmt::print(stderr, "error: {}\nSee: runcast{} --help\n", plain_text(text), of);
  return exit_code::bad_use;
}

int tell_unknown_command(std::vector<std::string> const& commands, std::string_view word) {
  fmt::print(stderr, "error: there is no command '{}'{}\nSee: runcast --help\n", plain_text(word),
             hint(word, commands));
  return exit_code::bad_use;
}

// A result that a full disk has kept from standard output is told; otherwise it would be cut in silence.
int with_all_written(int code) {
  errno = 0;
  bool const written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || code == exit_code::bad_use) return code;
  fmt::print(stderr, "error: standard output cannot be written{}{}\n", errno ? ": " : "",
             errno ? std::strerror(errno) : "");
  return code == exit_code::success ? exit_code::bad_use : code;
}

// The arguments as CLI11 takes them, the last one first. It looks for flags of its own behind `--`, too; a subcommand
// that ends with a command takes all that begins with its first word, so that the `--` is not needed for it.
std::vector<std::string> in_reverse(int argc, char** argv, bool ends_with_command) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (ends_with_command) {
    auto const dashes = std::find(arguments.begin(), arguments.end(), "--");
    if (dashes != arguments.end()) arguments.erase(dashes);
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

void add_commands(CLI::App& app, CommandAction& action, std::initializer_list<AddCommand> others) {
  for (auto const add : others) add(app, action);
  for (auto const add :
       {add_validate, add_submit, add_start, add_follow, add_worker, add_logs, add_runs, add_show, add_cancel,
        add_rerun, add_approve, add_reject, add_workflow, add_bundle, add_import, add_replay, add_secrets}) {
    add(app, action);
  }
}

}  // namespace
}  // namespace cli

int run_cli(int argc, char** argv, std::initializer_list<AddCommand> others) {
  using namespace cli;
  CLI::App app{description, "runcast"};
  app.set_version_flag("--version", "runcast " RUNCAST_VERSION, "Print the version");
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(footer);
  CommandAction action;
  add_commands(app, action, others);

  if (argc < 2) {
    fmt::print(stderr, "{}", app.help());
    return exit_code::bad_use;
  }
  std::string_view const first = argv[1];
  auto const commands = command_names(app);
  if (!first.starts_with('-') && std::find(commands.begin(), commands.end(), first) == commands.end()) {
    return tell_unknown_command(commands, first);
  }
  try {
    app.parse(in_reverse(argc, argv, first == "worker"));
  } catch (CLI::Success const& done) {
    return app.exit(done);
  } catch (CLI::ParseError const& error) {
    return tell_misuse(app, error);
  }
  return with_all_written(action());
}

}  // namespace runcast
