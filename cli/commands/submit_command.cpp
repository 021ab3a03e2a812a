#include <fmt/format.h>
#include <unistd.h>
#include <boost/json.hpp>

#include "base/id.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/follow_options.hpp"
#include "cli/document/document.hpp"
#include "cli/document/inputs.hpp"
#include "cli/net/json_members.hpp"
#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

struct SubmitOptions : ClientOptions {
  std::string file;
  std::vector<std::string> inputs;
  std::string idempotency_key;
  bool follow = false;
  bool detach = false;
  ShowOptions show;
};

constexpr std::string_view definition_base = "/workflow";  // where the definition stands in the body that is sent

// What the server says of the body, told of the file.
PlaceOf places_in(std::string const& file, Places const& places) {
  return [&file, &places](std::string_view pointer) -> std::string {
    if (!pointer.starts_with(definition_base)) return std::string(pointer);
    auto const inner = pointer.substr(definition_base.size());
    auto const place = places.find(inner);
    if (!place) return std::string(inner);
    auto const at = fmt::format("{}:{}:{}", plain_text(file), place->line, place->column);
    return inner.empty() ? at : fmt::format("{}: {}", at, inner);
  };
}

OrRefusal<Document> read_definition(std::string const& file) {
  auto const text = read_document(file);
  if (!text) return bad_use(text.error().message);
  auto document = parse_document(*text, guess_format(file, *text));
  if (document) return std::move(*document);
  auto const& [place, message] = document.error();
  return bad_use(fmt::format("{}:{}:{}: {}", plain_text(file), place.line, place.column, plain_text(message)));
}

void tell_id(SubmitOptions const& options, std::string_view id) {
  print_line(id);
  if (options.detach || isatty(STDERR_FILENO) != 1) return;
  std::fflush(stdout);
  fmt::print(stderr, "To watch it: runcast follow {}{}\n", id, server_flag(options));
}

OrRefusal<int> run_submit(SubmitOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  bool const follows = options.follow && !options.detach;
  if (auto const show = make_follow_request("", options.show); follows && !show) return show.error();
  auto document = read_definition(options.file);
  if (!document) return document.error();
  auto inputs = parse_inputs(options.inputs, document->value, read_document);
  if (!inputs) return bad_use(inputs.error().message);

  ApiCall create{.method = "POST", .path = "/api/v2/workflows/runs"};
  create.body = json::serialize(json::object{{"workflow", std::move(document->value)}, {"inputs", std::move(*inputs)}});
  create.idempotency_key = options.idempotency_key.empty() ? next_ulid().str() : options.idempotency_key;
  auto const body = call(*client, create, places_in(options.file, document->places));
  if (!body) return body.error();
  auto const run = parse_answer(*body);
  if (!run) return run.error();
  auto const id = plain_text(text_of(*run, "id"));
  if (follows) return follow_and_show(*client, options, id, options.show);
  options.json ? print_line(*body) : tell_id(options, id);
  return exit_code::success;
}

}  // namespace

void add_submit(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<SubmitOptions>();
  auto* command = app.add_subcommand("submit", "Start a run of a workflow definition")->group(group_start);
  command->add_option("FILE", options->file, "A definition, JSON or YAML; - for standard input")
      ->required()
      ->type_name("");
  command
      ->add_option("--input,-i", options->inputs,
                   "An input of the run, read as the type that the definition\n"
                   "declares; @FILE stands for a file's content, @@ for an @")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->option_text("NAME=VALUE ...");
  command->add_flag("--follow,-f", options->follow, "Watch the run to its end, and end with its fate")
      ->envname("RUNCAST_FOLLOW");
  command->add_flag("--detach,-d", options->detach,
                    "Print the run's id and nothing else, whatever RUNCAST_FOLLOW says");
  command
      ->add_option("--idempotency-key", options->idempotency_key,
                   "Submitting again with the same key gives the same run, not a\n"
                   "second one (default: a fresh key, for this command's retries)")
      ->type_name("KEY")
      ->group("Server");
  add_retry_option(*command, options->show.retry_for);
  add_client_options(*command, *options);
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
