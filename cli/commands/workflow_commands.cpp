// Workflows that the server keeps: stored, looked at, removed, and started by name.
#include <boost/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/commands/run_tables.hpp"
#include "cli/commands/start_options.hpp"
#include "cli/document/definition_file.hpp"
#include "cli/document/indented_json.hpp"
#include "cli/net/json_members.hpp"
#include "cli/number_check.hpp"
#include "cli/terminal/terminal.hpp"
#include "cli/terminal/text.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

struct StoreOptions : ClientOptions {
  std::string file;
};

struct NameOptions : ClientOptions {
  std::string name;
  int version = 0;  // 0: the newest
};

struct StartByNameOptions : StartOptions {
  std::string name;
};

std::string workflow_path(std::string_view name, std::string_view rest = "") {
  return fmt::format("/api/v2/workflows/{}{}", percent_encode(name), rest);
}

OrRefusal<int> run_store(StoreOptions const& options) {
  auto const document = read_definition(options.file);
  if (!document) return document.error();
  auto const* definition = document->value.if_object();
  auto const name = definition ? text_of(*definition, "name") : std::string_view();
  // Without a name there is no address for it; the server says what else there is to say.
  ApiCall const put{.method = name.empty() ? "POST" : "PUT",
                    .path = name.empty() ? "/api/v2/workflows/validate" : workflow_path(name),
                    .body = to_json_text(document->value)};
  auto const text = [](json::object const& stored) {
    return fmt::format("{}, version {}\n", plain_text(text_of(stored, "name")),
                       number_of(stored, "version").value_or(0));
  };
  return print_answer(options, put, text, places_in(options.file, document->places, ""));
}

OrRefusal<int> run_list(ClientOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  json::array all;
  for (std::string cursor;;) {
    auto const body =
        call(*client, {.path = "/api/v2/workflows" + query_string({{"limit", "1000"}, {"cursor", cursor}})});
    if (!body) return body.error();
    auto const page = parse_answer(*body);
    if (!page) return page.error();
    for (auto const& item : array_of(*page, "items")) {
      options.json ? print_line(to_json_text(item)) : static_cast<void>(all.push_back(item));
    }
    cursor = text_of(*page, "nextCursor");
    if (cursor.empty()) break;
  }
  if (!options.json) fmt::print("{}", workflows_text(all, standard_output().style, table_columns()));
  return exit_code::success;
}

OrRefusal<int> run_show(NameOptions const& options) {
  auto const version = options.version > 0 ? fmt::to_string(options.version) : std::string();
  ApiCall const get{.path = workflow_path(options.name, query_string({{"version", version}}))};
  return print_answer(options, get, [](json::object const& workflow) {
    auto const* definition = workflow.if_contains("definition");
    return definition ? indented_json(*definition) + '\n' : std::string();
  });
}

OrRefusal<int> run_remove(NameOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  auto const removed = call(*client, {.method = "DELETE", .path = workflow_path(options.name)});
  if (!removed) return removed.error();
  if (!options.json) fmt::print("{} is removed; its runs are kept\n", plain_text(options.name));
  return exit_code::success;
}

OrRefusal<int> run_start(StartByNameOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  if (auto const checked = check_start_options(options); !checked) return checked.error();
  auto const body = call(*client, {.path = workflow_path(options.name)});
  if (!body) return body.error();
  auto const workflow = parse_answer(*body);
  if (!workflow) return workflow.error();
  auto const* definition = workflow->if_contains("definition");
  auto inputs = inputs_of(options, definition ? *definition : json::value());
  if (!inputs) return inputs.error();
  return start(*client, options, workflow_path(options.name, "/runs"), {{"inputs", std::move(*inputs)}}, {});
}

CLI::App* add_one(CLI::App& group, std::string name, std::string description, ClientOptions& options) {
  auto* command = group.add_subcommand(std::move(name), std::move(description));
  add_client_options(*command, options);
  return command;
}

CLI::App* add_named(CLI::App& group, std::string name, std::string description, NameOptions& options) {
  auto* command = add_one(group, std::move(name), std::move(description), options);
  command->add_option("NAME", options.name, "Its name")->required()->type_name("");
  return command;
}

}  // namespace

void add_start(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<StartByNameOptions>();
  auto* command = app.add_subcommand("start", "Start a run of a workflow that the server keeps")->group(group_start);
  command->add_option("NAME", options->name, "The workflow's name")->required()->type_name("");
  add_start_options(*command, *options);
  command->footer(
      "Of its newest version. Prints and ends as `runcast submit` does.\n\n"
      "Examples:\n"
      "  runcast workflow store release.yaml\n"
      "  runcast start release --input version=1.2 --follow");
  on_chosen(command, action, options, run_start);
}

void add_workflow(CLI::App& app, CommandAction& action) {
  auto* group = app.add_subcommand("workflow", "Keep workflows on the server, for schedules, webhooks and `start`")
                    ->group(group_keep);
  group->require_subcommand(1);
  group->footer(
      "Examples:\n"
      "  runcast workflow store nightly.yaml        # its next version, if it is there\n"
      "  runcast workflow list                      # with when each ran last, and will run next\n"
      "  runcast workflow show nightly > nightly.json");
  auto const file = std::make_shared<StoreOptions>();
  auto* store = add_one(*group, "store", "Store a definition under its name, as its next version", *file);
  add_definition_option(*store, file->file);
  on_chosen(store, action, file, run_store);
  auto const all = std::make_shared<ClientOptions>();
  on_chosen(add_one(*group, "list", "List them, with their last and next runs", *all), action, all, run_list);
  auto const shown = std::make_shared<NameOptions>();
  auto* show = add_named(*group, "show", "Print a definition", *shown);
  show->add_option("--version", shown->version, "An earlier version")
      ->check(whole_number(1, INT32_MAX))
      ->option_text("N");
  on_chosen(show, action, shown, run_show);
  auto const gone = std::make_shared<NameOptions>();
  on_chosen(add_named(*group, "remove", "Remove one, and its schedules; its runs are kept", *gone), action, gone,
            run_remove);
}

}  // namespace runcast::cli
