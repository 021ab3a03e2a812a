#include "cli/commands/commands.hpp"
#include "cli/commands/start_options.hpp"
#include "cli/document/definition_file.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

struct SubmitOptions : StartOptions {
  std::string file;
};

OrRefusal<int> run_submit(SubmitOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  if (auto const checked = check_start_options(options); !checked) return checked.error();
  auto document = read_definition(options.file);
  if (!document) return document.error();
  auto inputs = inputs_of(options, document->value);
  if (!inputs) return inputs.error();
  json::object const body{{"workflow", std::move(document->value)}, {"inputs", std::move(*inputs)}};
  return start(*client, options, "/api/v2/workflows/runs", body,
               places_in(options.file, document->places, "/workflow"));
}

}  // namespace

void add_submit(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<SubmitOptions>();
  auto* command = app.add_subcommand("submit", "Start a run of a workflow definition")->group(group_start);
  add_definition_option(*command, options->file);
  add_start_options(*command, *options);
  command->footer(
      "Prints the run's id. With --follow it does what `runcast follow` does, and ends as that does: 0 succeeded,\n"
      "1 failed, 130 cancelled or left by Ctrl-C. 2: refused, nothing was started; 3: no server.\n\n"
      "Examples:\n"
      "  runcast submit release.yaml --input version=1.2 --input notes=@NOTES.md\n"
      "  runcast submit release.yaml --follow && ./announce\n"
      "  id=$(runcast submit --detach release.json)");
  on_chosen(command, action, options, run_submit);
}

}  // namespace runcast::cli
