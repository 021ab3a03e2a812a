#include <unistd.h>

#include <array>
#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include "base/duration.hpp"
#include "base/id.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/follow_options.hpp"
#include "cli/follow/interrupt.hpp"
#include "cli/number_check.hpp"
#include "cli/terminal/text.hpp"
#include "cli/worker/worker.hpp"
#include "model/names.hpp"

namespace runcast::cli {
namespace {

namespace fs = std::filesystem;

struct WorkerOptions : ClientOptions {
  std::vector<std::string> types;
  int concurrency = 1;
  std::string id;
  std::string machine;
  std::vector<std::string> capabilities;
  std::string finish = "30s";
  std::string retry_for = "10m";
  std::vector<std::string> command;
};

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string("localhost");
}

// `gpu=true`, `memory=16`: the value is JSON where it reads as such, else a text; `gpu` alone is true.
OrRefusal<boost::json::object> read_capabilities(std::vector<std::string> const& texts) {
  boost::json::object capabilities;
  for (auto const& text : texts) {
    auto const equals = text.find('=');
    auto const name = text.substr(0, equals);
    if (name.empty()) return bad_use(fmt::format("--capability {}: a name comes before the '='", text));
    if (equals == text.npos) {
      capabilities[name] = true;
      continue;
    }
    auto const value = text.substr(equals + 1);
    boost::system::error_code error;
    auto parsed = boost::json::parse(value, error);
    capabilities[name] = error ? boost::json::value(value) : std::move(parsed);
  }
  return capabilities;
}

// The name that the flag gives, or the one that it has without it.
OrRefusal<std::string> worker_name(std::string_view flag, std::string const& given, std::string const& otherwise) {
  auto const& name = given.empty() ? otherwise : given;
  if (is_worker_name(name)) return name;
  return bad_use(fmt::format("{} {}: expected {}", flag, plain_text(name), worker_name_rule));
}

OrRefusal<WorkerProfile> profile_of(WorkerOptions const& options) {
  auto capabilities = read_capabilities(options.capabilities);
  if (!capabilities) return capabilities.error();
  auto const host = host_name();
  auto machine = worker_name("--machine", options.machine, host);
  if (!machine) return machine.error();
  auto id = worker_name("--id", options.id, fmt::format("{}-{}", host, ::getpid()));
  if (!id) return id.error();
  WorkerProfile profile;
  profile.hostname = host;
  profile.machine = std::move(*machine);
  profile.id = std::move(*id);
  profile.types = options.types;
  profile.capabilities = std::move(*capabilities);
  profile.concurrency = options.concurrency;
  return profile;
}

OrRefusal<Millis> duration_option(std::string_view flag, std::string const& text) {
  auto const duration = parse_duration(text);
  if (!duration) return bad_use(fmt::format("{} {}: {}", flag, text, duration.error().message));
  return *duration;
}

// For the files of $RUN_OUTPUT, gone with the worker.
class ScratchDirectory {
 public:
  ScratchDirectory() : path_(fs::temp_directory_path() / ("runcast-worker-" + next_ulid().str())) {
    fs::create_directory(path_);
    fs::permissions(path_, fs::perms::owner_all);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(ScratchDirectory const&) = delete;
  ScratchDirectory& operator=(ScratchDirectory const&) = delete;

  fs::path const& path() const { return path_; }

 private:
  fs::path path_;
};

Awaitable<OrRefusal<int>> work(Spawner& spawner, Worker& worker) {
  TaskGroup helper(co_await asio::this_coro::executor);
  helper.spawn(spawner.run());
  auto const result = co_await worker.run();
  helper.cancel();
  co_await helper.join();
  co_return result;
}

OrRefusal<int> run_worker(WorkerOptions const& options) {
  if (options.command.empty()) return bad_use("a command is needed, after --");
  auto server = parse_server_url(options.server);
  if (!server) return bad_use(server.error().message);
  auto profile = profile_of(options);
  if (!profile) return profile.error();
  auto const finish_time = duration_option("--finish", options.finish);
  if (!finish_time) return finish_time.error();
  auto const retry_time = duration_option("--retry-for", options.retry_for);
  if (!retry_time) return retry_time.error();

  ScratchDirectory const scratch;
  asio::io_context io{1};
  ServerLink link(std::move(*server), options.token, std::move(*profile));
  Spawner spawner(io.get_executor(),
                  {.helper = spawner_from_this_executable(), .instance = "worker-" + next_ulid().str()});
  if (auto const started = spawner.start(); !started) return Refusal{exit_code::failure, started.error().message};
  Worker worker(io.get_executor(), link, spawner,
                {.work = {.command = options.command, .directory = scratch.path()},
                 .finish = *finish_time,
                 .retry_for = *retry_time,
                 .quiet = options.json});
  Interrupt const interrupt(io.get_executor(), [&worker] { worker.stop(); });
  OrRefusal<int> result = exit_code::success;
  std::exception_ptr failure;
  asio::co_spawn(io, work(spawner, worker), [&](std::exception_ptr thrown, OrRefusal<int> ended) {
    failure = thrown;
    if (!thrown) result = std::move(ended);
    io.stop();  // the interrupt's wait has no other end
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return result;
}

}  // namespace

void add_worker(CLI::App& app, CommandAction& action) {
  auto const options = std::make_shared<WorkerOptions>();
  auto* const command = app.add_subcommand("worker", "Work on jobs: run a command for each, with its payload on stdin");
  command->group(group_start);
  // One value a flag: the next word may be the command's.
  command->add_option("--type", options->types, "A type of jobs to take; may be repeated")
      ->allow_extra_args(false)
      ->required()
      ->type_name("T");
  command->add_option("--concurrency", options->concurrency, "Jobs at once")
      ->check(whole_number(1, 10'000))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--id", options->id, "The worker's name, unique to it (default: HOST-PID)")->type_name("ID");
  command->add_option("--machine", options->machine, "The machine's name (default: the host's)")->type_name("ID");
  command->add_option("--capability", options->capabilities, "What it has, for jobs that require it; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME[=VALUE]");
  command->add_option("--finish", options->finish, "After Ctrl-C or SIGTERM: how long jobs under way may still take")
      ->type_name("DURATION")
      ->capture_default_str();
  add_retry_option(*command, options->retry_for);
  add_client_options(*command, *options);
  command->prefix_command();
  command->footer(
      "The command finds the payload (JSON) on its standard input, and JOB_ID, JOB_TYPE, ATTEMPT, RUN_ID and STEP_ID "
      "in\n"
      "its environment. Its lines are logged; `::progress::0.4 text` reports progress; name=value lines or a JSON "
      "object\n"
      "written to the file $RUN_OUTPUT are the result. Exit code 0 completes the job, any other fails it.\n\n"
      "Examples:\n"
      "  runcast worker --type render -- ./render.sh\n"
      "  runcast worker --type mail --type sms --concurrency 8 -- python3 send.py\n"
      "  runcast worker --type train --capability gpu --capability memory=64 -- ./train");
  command->callback([&action, options, command] {
    options->command = command->remaining();
    action = [options] { return finish(run_worker(*options)); };
  });
}

}  // namespace runcast::cli
