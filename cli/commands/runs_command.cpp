#include "cli/commands/commands.hpp"
#include "cli/commands/run_tables.hpp"
#include "cli/number_check.hpp"
#include "cli/terminal/terminal.hpp"

namespace runcast::cli {
namespace {

struct RunsOptions : ClientOptions {
  std::string status;
  std::string workflow;
  std::size_t limit = 20;
};

struct ShowRunOptions : ClientOptions {
  std::string run;
};

OrRefusal<int> run_runs(RunsOptions const& options) {
  auto const limit = fmt::to_string(options.limit);
  auto const query = query_string({{"status", options.status}, {"workflow", options.workflow}, {"limit", limit}});
  return print_answer(options, {.path = "/api/v2/workflows/runs" + query}, [](boost::json::object const& page) {
    return runs_text(page, wall_clock_now(), standard_output().style, table_columns());
  });
}

OrRefusal<int> run_show(ShowRunOptions const& options) {
  return print_answer(options, {.path = run_path(options.run)}, [](boost::json::object const& run) {
    return run_text(run, wall_clock_now(), standard_output().style, table_columns());
  });
}

}  // namespace

void add_runs(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<RunsOptions>();
  auto* command = app.add_subcommand("runs", "List runs, the newest first")->group(group_look);
  command->add_option("--status", options->status, "Only runs that are pending, running, succeeded, failed, cancelled")
      ->check(CLI::IsMember({"pending", "running", "succeeded", "failed", "cancelled"}))
      ->option_text("STATUS");
  command->add_option("--workflow", options->workflow, "Only runs of this workflow")->type_name("NAME");
  command->add_option("--limit", options->limit, "At most so many, up to 1000")
      ->check(whole_number(1, 1000))
      ->option_text("N=20");
  add_client_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  runcast runs --status failed --limit 5\n"
      "  runcast runs --workflow release --json | jq -r '.items[].id'");
  on_chosen(command, action, options, run_runs);
}

void add_show(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<ShowRunOptions>();
  auto* command = app.add_subcommand("show", "Show a run and the state of each of its steps")->group(group_look);
  command->add_option("RUN", options->run, "The run's id")->required()->type_name("");
  add_client_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  runcast show 01JD8Z5W3P4Q6R7S8T9VAWBXCY\n"
      "  runcast show 01JD8Z5W3P4Q6R7S8T9VAWBXCY --json | jq '.steps[] | select(.status == \"failed\")'");
  on_chosen(command, action, options, run_show);
}

}  // namespace runcast::cli
