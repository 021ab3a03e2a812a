#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/commands/follow_options.hpp"
#include "cli/commands/known_step.hpp"
#include "cli/follow/sinks.hpp"
#include "cli/net/json_members.hpp"
#include "cli/number_check.hpp"
#include "cli/terminal/line_cleaner.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t max_tail = 100'000;

struct LogsOptions : ClientOptions {
  std::string run;
  std::string step;
  std::string level;
  std::string grep;
  std::size_t tail = 0;  // 0: all
  bool follow = false;
  std::string retry_for = "10m";
};

std::string logs_path(LogsOptions const& options, std::string_view cursor, std::string_view limit) {
  auto const tail = options.tail == 0 ? std::string{} : fmt::to_string(options.tail);
  return run_path(options.run, "/logs" + query_string({{"step", options.step},
                                                       {"level", options.level},
                                                       {"q", options.grep},
                                                       {"tail", tail},
                                                       {"cursor", cursor},
                                                       {"limit", limit}}));
}

OrRefusal<int> print_lines(ApiClient& client, LogsOptions const& options) {
  LineCleaner cleaner{standard_output()};
  auto const print = [&cleaner](std::string_view piece) {
    auto const text = cleaner.take(piece);
    std::fwrite(text.data(), 1, text.size(), stdout);
  };
  auto const answer = client.stream({.path = logs_path(options, "", ""), .accept = "text/plain"}, print);
  std::fflush(stdout);
  if (!answer) return no_server(answer.error());
  if (!answer->ok()) return refused(*answer);
  return exit_code::success;
}

OrRefusal<int> print_items(ApiClient& client, LogsOptions const& options) {
  for (std::string cursor;;) {
    auto const body = call(client, {.path = logs_path(options, cursor, "1000")});
    if (!body) return body.error();
    auto const page = parse_answer(*body);
    if (!page) return page.error();
    for (auto const& item : array_of(*page, "items")) print_line(to_json_text(item));
    cursor = text_of(*page, "nextCursor");
    if (cursor.empty() || options.tail > 0) return exit_code::success;
  }
}

// The seq before the first of the last lines that match: from there on the stream tells them, and what comes.
OrRefusal<std::optional<std::uint64_t>> start_of_tail(ApiClient& client, LogsOptions const& options) {
  if (options.tail == 0) return std::optional<std::uint64_t>{};
  auto const body = call(client, {.path = logs_path(options, "", "")});
  if (!body) return body.error();
  auto const page = parse_answer(*body);
  if (!page) return page.error();
  auto const& items = array_of(*page, "items");
  if (items.empty() || !items.front().is_object()) return std::optional<std::uint64_t>{};
  auto const first = number_of(items.front().get_object(), "seq").value_or(1);
  return std::optional{static_cast<std::uint64_t>(std::max<std::int64_t>(first, 1) - 1)};
}

OrRefusal<int> follow_logs(ApiClient& client, LogsOptions const& options) {
  auto const after = start_of_tail(client, options);
  if (!after) return after.error();
  auto request = make_follow_request(options.run, {{*after, {}}, options.step, options.level, options.retry_for});
  if (!request) return request.error();
  request->filter.types = "step_log";
  auto const sink = make_log_sink(standard_output(), options.grep, options.json);
  auto const status = follow(client, *request, *sink);
  if (!status) return status.error();
  return *status ? exit_code::success : exit_code::interrupted;
}

OrRefusal<int> run_logs(LogsOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  if (auto const known = check_step(*client, options.run, options.step); !known) return known.error();
  if (options.follow) return follow_logs(*client, options);
  return options.json ? print_items(*client, options) : print_lines(*client, options);
}

}  // namespace

void add_logs(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<LogsOptions>();
  auto* command = app.add_subcommand("logs", "Print what a run's steps have logged")->group(group_look);
  command->add_option("RUN", options->run, "The run's id")->required()->type_name("");
  add_log_filters(*command, options->step, options->level);
  command->add_option("--tail", options->tail, "Only the last N lines that match")
      ->type_name("N")
      ->check(whole_number(1, max_tail))
      ->option_text("N");
  command->add_option("--grep", options->grep, "Only lines that contain TEXT, as it stands")->type_name("TEXT");
  command->add_flag("--follow,-f", options->follow, "Go on with new lines until the run ends");
  add_retry_option(*command, options->retry_for);
  add_client_options(*command, *options);
  command->footer(
      "Prints the bare lines: as they are into a file or a pipe, with control characters made harmless on a terminal.\n"
      "--json prints an item a line (seq, stepId, level, message, timestamp), with --follow the step_log events.\n\n"
      "Examples:\n"
      "  runcast logs 01JD8Z5W3P4Q6R7S8T9VAWBXCY --step build > build.log\n"
      "  runcast logs 01JD8Z5W3P4Q6R7S8T9VAWBXCY --level warn --tail 20\n"
      "  runcast logs 01JD8Z5W3P4Q6R7S8T9VAWBXCY --grep 'undefined reference' --follow");
  on_chosen(command, action, options, run_logs);
}

}  // namespace runcast::cli
