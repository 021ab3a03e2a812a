#include <cstdlib>
#include <string>
#include <vector>

#include "cli/cli.hpp"
#include "executor/spawn/helper.hpp"
#include "server/config.hpp"
#include "server/serve_command.hpp"

int main(int argc, char** argv) {
  using namespace runcast;
  if (is_spawn_helper(argc, argv)) return run_spawn_helper();
  std::vector<std::string> arguments(argv, argv + argc);
  if (arguments.size() > 1 && arguments[1] == "serve") {
    std::vector<std::string> const given(arguments.begin() + 2, arguments.end());
    arguments.resize(2);
    for (auto& argument : serve_arguments(given, [](char const* name) -> char const* { return std::getenv(name); })) {
      arguments.push_back(std::move(argument));
    }
  }
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return run_cli(static_cast<int>(arguments.size()), pointers.data(), {add_serve});
}
