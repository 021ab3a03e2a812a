#include <boost/json.hpp>

#include "base/id.hpp"
#include "cli/commands/commands.hpp"
#include "cli/net/json_members.hpp"
#include "cli/terminal/text.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

struct CancelOptions : ClientOptions {
  std::string run;
};

struct RerunOptions : ClientOptions {
  std::string run;
};

struct DecideOptions : ClientOptions {
  std::string run;
  std::string step;
  std::string comment;
};

// Sends a POST, and prints the answer: as it is with --json, else the line `text` of it.
template <class Text>
OrRefusal<int> post(ClientOptions const& options, ApiCall create, Text const& text) {
  create.method = "POST";
  return print_answer(options, create, [&](json::object const& answer) { return text(answer) + '\n'; });
}

OrRefusal<int> run_cancel(CancelOptions const& options) {
  return post(options, {.path = run_path(options.run, "/cancel")},
              [&](json::object const&) { return fmt::format("{} is being cancelled", options.run); });
}

OrRefusal<int> run_rerun(RerunOptions const& options) {
  ApiCall create{.path = run_path(options.run, "/rerun"), .idempotency_key = next_ulid().str()};
  create.body = to_json_text(json::object{{"from", "failed"}});
  return post(options, create, [](json::object const& run) { return plain_text(text_of(run, "id")); });
}

OrRefusal<int> decide(DecideOptions const& options, std::string_view verb, std::string_view done) {
  ApiCall create{.path = run_path(options.run, fmt::format("/steps/{}/{}", percent_encode(options.step), verb))};
  if (!options.comment.empty()) create.body = to_json_text(json::object{{"comment", options.comment}});
  return post(options, create, [&](json::object const&) { return fmt::format("{} {}", options.step, done); });
}

OrRefusal<int> run_approve(DecideOptions const& options) { return decide(options, "approve", "approved"); }
OrRefusal<int> run_reject(DecideOptions const& options) { return decide(options, "reject", "rejected"); }

CLI::App* add_decision(CLI::App& app, std::string name, std::string description,
                       std::shared_ptr<DecideOptions> const& options) {
  auto* command = app.add_subcommand(name, std::move(description))->group(group_steer);
  command->add_option("RUN", options->run, "The run's id")->required()->type_name("");
  command->add_option("STEP", options->step, "The approval step's id")->required()->type_name("");
  command->add_option("--comment", options->comment, "Why; it is kept with the decision")->type_name("TEXT");
  add_client_options(*command, *options);
  command->footer(
      fmt::format("Examples:\n"
                  "  runcast {0} 01JD8Z5W3P4Q6R7S8T9VAWBXCY gate\n"
                  "  runcast {0} 01JD8Z5W3P4Q6R7S8T9VAWBXCY gate --comment 'as agreed on Monday'",
                  name));
  return command;
}

}  // namespace

void add_cancel(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<CancelOptions>();
  auto* command = app.add_subcommand("cancel", "Cancel a run; what runs of it is stopped")->group(group_steer);
  command->add_option("RUN", options->run, "The run's id")->required()->type_name("");
  add_client_options(*command, *options);
  command->footer(
      "Returns at once; `runcast follow` tells when the run has ended.\n\n"
      "Examples:\n"
      "  runcast cancel 01JD8Z5W3P4Q6R7S8T9VAWBXCY");
  on_chosen(command, action, options, run_cancel);
}

void add_rerun(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<RerunOptions>();
  auto* command = app.add_subcommand("rerun", "Start a run again, keeping what has succeeded")->group(group_steer);
  command->add_option("RUN", options->run, "The id of a run that has ended")->required()->type_name("");
  add_client_options(*command, *options);
  command->footer(
      "Prints the new run's id. Steps that have succeeded keep their outputs and are not run again.\n\n"
      "Examples:\n"
      "  runcast follow $(runcast rerun 01JD8Z5W3P4Q6R7S8T9VAWBXCY)");
  on_chosen(command, action, options, run_rerun);
}

void add_approve(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<DecideOptions>();
  auto* command = add_decision(app, "approve", "Let a run go on past an approval step", options);
  on_chosen(command, action, options, run_approve);
}

void add_reject(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<DecideOptions>();
  auto* command = add_decision(app, "reject", "Fail an approval step", options);
  on_chosen(command, action, options, run_reject);
}

}  // namespace runcast::cli
