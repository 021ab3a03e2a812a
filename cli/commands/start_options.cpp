#include "cli/commands/start_options.hpp"

#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/id.hpp"
#include "cli/document/document.hpp"
#include "cli/document/inputs.hpp"
#include "cli/net/json_members.hpp"
#include "cli/terminal/text.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {

namespace json = boost::json;

namespace {

bool follows(StartOptions const& options) { return options.follow && !options.detach; }

void tell_id(StartOptions const& options, std::string_view id) {
  print_line(id);
  if (options.detach || isatty(STDERR_FILENO) != 1) return;
  std::fflush(stdout);
  fmt::print(stderr, "To watch it: runcast follow {}{}\n", id, server_flag(options));
}

}  // namespace

void add_start_options(CLI::App& command, StartOptions& options) {
  command
      .add_option("--input,-i", options.inputs,
                  "An input of the run, read as the type that the definition\n"
                  "declares; @FILE stands for a file's content, @@ for an @")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->option_text("NAME=VALUE ...");
  command.add_flag("--follow,-f", options.follow, "Watch the run to its end, and end with its fate")
      ->envname("RUNCAST_FOLLOW");
  command.add_flag("--detach,-d", options.detach, "Print the run's id and nothing else, whatever RUNCAST_FOLLOW says");
  command
      .add_option("--idempotency-key", options.idempotency_key,
                  "Starting again with the same key gives the same run, not a\n"
                  "second one (default: a fresh key, for this command's retries)")
      ->type_name("KEY")
      ->group("Server");
  add_retry_option(command, options.show.retry_for);
  add_client_options(command, options);
}

OrRefusal<void> check_start_options(StartOptions const& options) {
  if (!follows(options)) return {};
  if (auto const request = make_follow_request("", options.show); !request) return request.error();
  return {};
}

OrRefusal<json::object> inputs_of(StartOptions const& options, json::value const& definition) {
  auto inputs = parse_inputs(options.inputs, definition, read_document);
  if (!inputs) return bad_use(inputs.error().message);
  return std::move(*inputs);
}

OrRefusal<int> start(ApiClient& client, StartOptions const& options, std::string path, json::object const& body,
                     PlaceOf const& place_of) {
  ApiCall create{.method = "POST", .path = std::move(path), .body = to_json_text(body)};
  create.idempotency_key = options.idempotency_key.empty() ? next_ulid().str() : options.idempotency_key;
  auto const answer = call(client, create, place_of);
  if (!answer) return answer.error();
  auto const run = parse_answer(*answer);
  if (!run) return run.error();
  auto const id = plain_text(text_of(*run, "id"));
  if (follows(options)) {
    auto ended = follow_and_show(client, options, id, options.show);
    if (ended) return ended;
    return Refusal{ended.error().exit_code, fmt::format("{}\nThe run has started. To watch it: runcast follow {}{}",
                                                        ended.error().message, id, server_flag(options))};
  }
  options.json ? print_line(*answer) : tell_id(options, id);
  return exit_code::success;
}

}  // namespace runcast::cli
