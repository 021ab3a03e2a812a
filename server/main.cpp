#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/cli.hpp"
#include "cli/exit_code.hpp"
#include "executor/spawn/helper.hpp"
#include "server/config.hpp"
#include "server/serve_command.hpp"
#include "server/token_command.hpp"

int main(int argc, char** argv) {
  using namespace runcast;
  if (is_spawn_helper(argc, argv)) return run_spawn_helper();
  std::vector<std::string> arguments(argv, argv + argc);
  if (arguments.size() > 1 && arguments[1] == "serve") {
    std::vector<std::string> const given(arguments.begin() + 2, arguments.end());
    arguments.resize(2);
    auto const all = serve_arguments(given, [](char const* name) -> char const* { return std::getenv(name); });
    if (!all) {
      fmt::print(stderr, "error: {}\n", all.error().message);
      return exit_code::bad_use;
    }
    arguments.insert(arguments.end(), all->begin(), all->end());
  }
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return run_cli(static_cast<int>(arguments.size()), pointers.data(), {add_serve, add_token});
}
