#include "cli/commands/commands.hpp"
#include "cli/commands/follow_options.hpp"
#include "cli/commands/known_step.hpp"
#include "cli/number_check.hpp"

namespace runcast::cli {
namespace {

constexpr std::uint64_t most_events = INT64_MAX;  // what the server takes

struct FollowOptions : ClientOptions {
  std::string run;
  ShowOptions show;
};

OrRefusal<int> run_follow(FollowOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  if (auto const known = check_step(*client, options.run, options.show.step); !known) return known.error();
  return follow_and_show(*client, options, options.run, options.show);
}

}  // namespace

void add_follow(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<FollowOptions>();
  auto* command = app.add_subcommand("follow", "Watch a run, from its first event to its end")->group(group_start);
  command->add_option("RUN", options->run, "The run's id")->required()->type_name("");
  add_log_filters(*command, options->show.step, options->show.level);
  auto* after = command->add_option("--after", options->show.start.after, "Begin after event N");
  after->type_name("N")->check(whole_number(0, most_events));
  command->add_option("--tail", options->show.start.tail, "Begin with the last N events")
      ->type_name("N")
      ->check(whole_number(0, most_events))
      ->excludes(after);
  add_retry_option(*command, options->show.retry_for);
  add_client_options(*command, *options);
  command->footer(
      "On a terminal it draws the run's layers and steps below its log; elsewhere it prints a line an event, with\n"
      "--json the events themselves. NO_COLOR and TERM=dumb are heeded. When the server is lost it is looked for "
      "again,\n"
      "and reading goes on after the last event shown.\n\n"
      "Ends with the run's fate: 0 succeeded, 1 failed, 130 cancelled. Ctrl-C stops watching, not the run (130 too);\n"
      "a second Ctrl-C quits at once. 2: no such run or step; 3: no server.\n\n"
      "Examples:\n"
      "  runcast follow 01JD8Z5W3P4Q6R7S8T9VAWBXCY\n"
      "  runcast follow 01JD8Z5W3P4Q6R7S8T9VAWBXCY --step build --level warn\n"
      "  runcast follow 01JD8Z5W3P4Q6R7S8T9VAWBXCY --json | jq -r .type");
  on_chosen(command, action, options, run_follow);
}

}  // namespace runcast::cli
