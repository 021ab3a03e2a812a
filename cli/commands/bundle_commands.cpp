// One run as a portable file: taken from a server, brought to another, checked against the rules.
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "base/id.hpp"
#include "cli/commands/commands.hpp"
#include "cli/net/json_members.hpp"
#include "cli/terminal/text.hpp"
#include "executor/replay.hpp"
#include "model/json_text.hpp"
#include "store/bundle.hpp"

namespace runcast::cli {
namespace {

constexpr std::size_t max_bundle_bytes = std::size_t{1} << 30;

struct BundleOptions : ClientOptions {
  std::string run;
  std::string output = "-";
};

struct ImportOptions : ClientOptions {
  std::string file;
};

struct ReplayOptions {
  std::string file;
  bool json = false;
};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Refusal file_trouble(std::string const& name) {
  return bad_use(fmt::format("{}: {}", plain_text(name), std::strerror(errno)));
}

OrRefusal<std::string> read_bundle(std::string const& name) {
  File const file(name == "-" ? stdin : std::fopen(name.c_str(), "rb"), std::fclose);
  if (!file) return file_trouble(name);
  std::string text;
  std::string piece(1 << 20, '\0');
  while (auto const size = std::fread(piece.data(), 1, piece.size(), file.get())) {
    text.append(piece, 0, size);
    if (text.size() > max_bundle_bytes) return bad_use(fmt::format("{}: larger than 1 GiB", plain_text(name)));
  }
  if (std::ferror(file.get())) return file_trouble(name);
  return text;
}

// Writes the server's answer, and leaves nothing behind where it breaks off.
OrRefusal<int> save_bundle(ApiClient& client, BundleOptions const& options) {
  bool const to_output = options.output == "-";
  auto const partial = options.output + ".part";
  File file(to_output ? stdout : std::fopen(partial.c_str(), "wb"), std::fclose);
  if (!file) return file_trouble(partial);
  bool written = true;
  auto const answer = client.stream(
      {.path = run_path(options.run, "/bundle"), .accept = "application/x-ndjson, */*"}, [&](std::string_view piece) {
        written = written && std::fwrite(piece.data(), 1, piece.size(), file.get()) == piece.size();
      });
  written = std::fflush(file.get()) == 0 && written;
  bool const good = answer && answer->ok() && written;
  if (to_output) static_cast<void>(file.release());
  file.reset();
  std::error_code error;
  if (!to_output && good) std::filesystem::rename(partial, options.output, error);
  if (!to_output && (!good || error)) std::filesystem::remove(partial);
  if (!answer) return no_server(answer.error());
  if (!answer->ok()) return refused(*answer);
  if (!written) return file_trouble(options.output);
  if (error) return bad_use(fmt::format("{}: {}", plain_text(options.output), error.message()));
  return exit_code::success;
}

OrRefusal<int> run_bundle(BundleOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  return save_bundle(*client, options);
}

OrRefusal<int> run_import(ImportOptions const& options) {
  auto client = make_client(options);
  if (!client) return client.error();
  auto text = read_bundle(options.file);
  if (!text) return text.error();
  ApiCall import{.method = "POST", .path = run_path("import"), .body = std::move(*text)};
  import.content_type = bundle_media_type;
  import.idempotency_key = next_ulid().str();
  auto const body = call(*client, import);
  if (!body) return body.error();
  if (options.json) return print_line(*body), exit_code::success;
  auto const run = parse_answer(*body);
  if (!run) return run.error();
  print_line(plain_text(text_of(*run, "id")));
  return exit_code::success;
}

void tell(ReplayOptions const& options, Bundle const& bundle, std::optional<Difference> const& difference) {
  if (options.json) {
    boost::json::object answer{{"run", bundle.run.str()}, {"events", bundle.lines.size()}, {"same", !difference}};
    if (difference) {
      answer["difference"] = {
          {"seq", difference->seq}, {"decided", difference->decided}, {"logged", difference->logged}};
    }
    return print_line(to_json_text(answer));
  }
  if (!difference) {
    fmt::print("{}: same decisions in {}\n", bundle.run.str(), count_of(bundle.lines.size(), "event"));
    return;
  }
  auto const or_nothing = [](std::string const& text) { return text.empty() ? "nothing" : plain_text(text); };
  fmt::print("{}: differs at seq {}\n  rules: {}\n  log:   {}\n", bundle.run.str(), difference->seq,
             or_nothing(difference->decided), or_nothing(difference->logged));
}

OrRefusal<int> run_replay(ReplayOptions const& options) {
  auto const text = read_bundle(options.file);
  if (!text) return text.error();
  auto bundle = parse_bundle(*text);
  if (!bundle) return bad_use(fmt::format("{}: {}", plain_text(options.file), plain_text(bundle.error().message)));
  auto const plan = std::make_shared<Plan const>(std::make_shared<Workflow const>(std::move(bundle->workflow)));
  auto const difference = replay(bundle->run, plan, bundle->lifecycle);
  tell(options, *bundle, difference);
  return difference ? exit_code::failure : exit_code::success;
}

}  // namespace

void add_bundle(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<BundleOptions>();
  auto* command = app.add_subcommand("bundle", "Save a run that has ended as one file")->group(group_move);
  command->add_option("RUN", options->run, "The run's id")->required()->type_name("");
  command->add_option("--output,-o", options->output, "The file (default: standard output)")->type_name("FILE");
  add_client_options(*command, *options);
  command->footer(
      "The file holds the definition and every event, log lines too, with a digest that proves it whole.\n\n"
      "Examples:\n"
      "  runcast bundle 01JD8Z5W3P4Q6R7S8T9VAWBXCY -o run.ndjson");
  on_chosen(command, action, options, run_bundle);
}

void add_import(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<ImportOptions>();
  auto* command = app.add_subcommand("import", "Bring a saved run to a server")->group(group_move);
  command->add_option("FILE", options->file, "What `runcast bundle` has saved; - for standard input")
      ->required()
      ->type_name("");
  add_client_options(*command, *options);
  command->footer(
      "Prints the run's id, which it keeps. Refused: a file that is not whole, a run that the server has already.\n\n"
      "Examples:\n"
      "  runcast import run.ndjson --server http://127.0.0.1:9000");
  on_chosen(command, action, options, run_import);
}

void add_replay(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<ReplayOptions>();
  auto* command = app.add_subcommand("replay", "Check a saved run against the scheduler's rules")->group(group_move);
  command->add_option("FILE", options->file, "What `runcast bundle` has saved; - for standard input")
      ->required()
      ->type_name("");
  command->add_flag("--json", options->json, "Print {\"run\",\"events\",\"same\",\"difference\"?}");
  command->footer(
      "Needs no server. Feeds what happened to a fresh scheduler and compares what it decides with the log.\n"
      "Ends with 0 (same decisions), 1 (the first difference is printed), or 2 (no whole bundle).\n\n"
      "Examples:\n"
      "  runcast replay run.ndjson");
  on_chosen(command, action, options, run_replay);
}

}  // namespace runcast::cli
