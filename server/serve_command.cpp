#include "server/serve_command.hpp"

#include <memory>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "server/config.hpp"
#include "server/server.hpp"

namespace runcast {

void add_serve(CLI::App& app, CommandAction& action) {
  auto const config = std::make_shared<ServeConfig>();
  auto* command = app.add_subcommand("serve", "Run the server")->group(cli::group_operate);
  add_serve_options(*command, *config);
  command->callback([config, &action] {
    action = [config] {
      auto const served = serve(*config);
      if (served) return exit_code::success;
      fmt::print(stderr, "error: {}\n", served.error().message);
      return served.error().code == Errc::invalid || served.error().code == Errc::forbidden ? exit_code::bad_use
                                                                                            : exit_code::failure;
    };
  });
}

}  // namespace runcast
