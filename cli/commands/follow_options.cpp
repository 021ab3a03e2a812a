#include "cli/commands/follow_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/duration.hpp"
#include "cli/follow/sinks.hpp"

namespace runcast::cli {
namespace {

// What a live view begins with where it does not read the log from its beginning.
std::optional<boost::json::object> seed_of(ApiClient& client, std::string const& run, StreamStart const& start) {
  if (!start.after && !start.tail) return std::nullopt;
  auto const body = call(client, {.path = run_path(run)});
  if (!body) return std::nullopt;  // the stream will tell what is wrong
  auto answer = parse_answer(*body);
  return answer ? std::optional{std::move(*answer)} : std::nullopt;
}

// A live view needs the whole run, so that it filters its log itself; everyone else lets the server do it.
std::unique_ptr<EventSink> choose_sink(ApiClient& client, ClientOptions const& options, FollowRequest& request) {
  Terminal const terminal = standard_output();
  if (options.json) return make_json_sink();
  if (!terminal.interactive) return make_line_sink(terminal.style);
  LiveFilter filter{request.filter.step, request.filter.level.value_or(Level::debug)};
  request.filter = {};
  return make_live_sink(terminal.style, std::move(filter), seed_of(client, request.run, request.start));
}

}  // namespace

void add_retry_option(CLI::App& command, std::string& retry_for) {
  command.add_option("--retry-for", retry_for, "How long to look for a server that is lost on the way")
      ->type_name("DURATION")
      ->capture_default_str()
      ->group("Server");
}

void add_log_filters(CLI::App& command, std::string& step, std::string& level) {
  command.add_option("--step", step, "Only this step")->type_name("ID");
  command.add_option("--level", level, "Only lines of this level and above: debug, info, warn, error")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->option_text("LEVEL");
}

OrRefusal<FollowRequest> make_follow_request(std::string const& run, ShowOptions const& show) {
  auto const retry_for = parse_duration(show.retry_for);
  if (!retry_for) return bad_use(fmt::format("--retry-for {}: {}", show.retry_for, retry_for.error().message));
  return FollowRequest{run, show.start, {"", show.step, level_from(show.level)}, *retry_for};
}

OrRefusal<int> follow_and_show(ApiClient& client, ClientOptions const& options, std::string const& run,
                               ShowOptions const& show) {
  auto request = make_follow_request(run, show);
  if (!request) return request.error();
  auto const sink = choose_sink(client, options, *request);
  auto const status = follow(client, *request, *sink);
  if (!status) return status.error();
  if (*status) return exit_code::of(**status);
  auto const flag = server_flag(options);
  fmt::print(stderr, "\nThe run goes on. To watch it again: runcast follow {}{}\nTo stop it: runcast cancel {}{}\n",
             run, flag, run, flag);
  return exit_code::interrupted;
}

}  // namespace runcast::cli
