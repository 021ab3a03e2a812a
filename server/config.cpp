#include "server/config.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "cli/number_check.hpp"

namespace runcast {
namespace {

// Flags that the environment may set: --max-parallel is RUNCAST_MAX_PARALLEL.
constexpr std::array settings{"listen",
                              "data",
                              "durability",
                              "host",
                              "threads",
                              "max-parallel",
                              "max-runs",
                              "max-jobs",
                              "job-lease-ms",
                              "worker-silence-ms",
                              "send-events",
                              "send-bytes",
                              "history-bytes",
                              "compress",
                              "shutdown-ms",
                              "log-level",
                              "step-level",
                              "secrets",
                              "secrets-file",
                              "secrets-key",
                              "http-deny",
                              "http-timeout",
                              "max-http-body",
                              "max-steps",
                              "max-definition-bytes",
                              "max-line-bytes",
                              "max-output-bytes",
                              "max-import-bytes",
                              "config",
                              "tls-cert",
                              "tls-key",
                              "origin",
                              "rate",
                              "burst",
                              "max-connections",
                              "max-connections-per-address"};

std::string variable_of(std::string_view flag) {
  std::string name = "RUNCAST_";
  for (char const c : flag) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// What the last `--config` names.
std::optional<std::string> config_file(std::vector<std::string> const& arguments) {
  constexpr std::string_view flag = "--config";
  std::optional<std::string> file;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == flag && i + 1 < arguments.size()) file = arguments[i + 1];
    if (arguments[i].starts_with("--config=")) file = arguments[i].substr(flag.size() + 1);
  }
  return file;
}

// A setting that may be given in several places counts where it is given last.
constexpr auto last = CLI::MultiOptionPolicy::TakeLast;
constexpr std::size_t mib = 1 << 20;

CLI::Option* add_text(CLI::App& command, char const* name, char const* kind, std::string& value, char const* what) {
  return command.add_option(name, value, what)->type_name(kind)->multi_option_policy(last);
}

void add_texts(CLI::App& command, char const* name, char const* kind, std::vector<std::string>& values,
               char const* what) {
  command.add_option(name, values, what)->type_name(kind);
}

void add_choice(CLI::App& command, char const* name, std::string& value, char const* what,
                std::vector<std::string> choices) {
  auto const kind = fmt::format("{}", fmt::join(choices, "|"));
  auto member = CLI::IsMember(std::move(choices)).description("");
  add_text(command, name, kind.c_str(), value, what)->check(std::move(member))->capture_default_str();
}

void add_number(CLI::App& command, char const* name, std::size_t& value, char const* what, std::size_t least,
                std::size_t most) {
  command.add_option(name, value, what)
      ->type_name("N")
      ->multi_option_policy(last)
      ->check(cli::whole_number(least, most))
      ->capture_default_str();
}

void add_place_options(CLI::App& command, ServeConfig& config) {
  add_text(command, "--listen", "HOST:PORT", config.listen, "Where to listen; beyond loopback only with tokens")
      ->capture_default_str();
  add_text(command, "--data", "DIR", config.data, "The directory of the database and all else that is kept")
      ->required();
  add_choice(command, "--durability", config.durability, "What a stored event survives: a power cut, or a crash only",
             {"power", "crash"});
  add_texts(command, "--host", "NAME", config.hosts,
            "A further name that clients may call the server by; may be repeated");
}

void add_work_options(CLI::App& command, ServeConfig& config) {
  add_number(command, "--threads", config.threads, "Threads that serve connections (0: one for each core)", 0, 64);
  add_number(command, "--max-parallel", config.max_parallel, "Commands at once, of all runs together (0: 64)", 0,
             10'000);
  add_number(command, "--max-runs", config.max_runs, "Runs at once; more wait their turn (0: 256)", 0, 100'000);
  add_number(command, "--max-jobs", config.max_jobs, "Jobs that wait or are worked on at once; more are refused", 1,
             10'000'000);
  constexpr std::size_t day_ms = 86'400'000;
  add_number(command, "--job-lease-ms", config.job_lease_ms, "How long a worker may be silent before it loses its jobs",
             100, day_ms);
  add_number(command, "--worker-silence-ms", config.worker_silence_ms, "How long before it counts as offline", 100,
             day_ms);
  add_number(command, "--shutdown-ms", config.shutdown_ms, "How long running steps may still run when the server ends",
             0, day_ms);
}

void add_follower_options(CLI::App& command, ServeConfig& config) {
  add_number(command, "--send-events", config.send_events, "Events in a follower's send buffer", 1, 65'536);
  add_number(command, "--send-bytes", config.send_bytes, "Bytes in a follower's send buffer", 1024, 64 * mib);
  add_number(command, "--history-bytes", config.history_bytes, "History kept in memory for followers, a thread", 0,
             1024 * 1024 * mib);
  command
      .add_flag("--compress", config.compress,
                "Compress what WebSocket followers get who offer it (permessage-deflate)")
      ->multi_option_policy(last);
}

void add_log_options(CLI::App& command, ServeConfig& config) {
  std::vector<std::string> const levels{"debug", "info", "warn", "error"};
  add_choice(command, "--log-level", config.log_level, "The least level that is written to the terminal", levels);
  add_choice(command, "--step-level", config.step_level, "The least level of steps' lines that is written to it",
             levels);
}

void add_secret_options(CLI::App& command, ServeConfig& config) {
  add_text(command, "--secrets", "DIR", config.secrets,
           "A directory of secrets: a file for each, readable by this user only");
  auto* const key =
      add_text(command, "--secrets-key", "FILE", config.secrets_key, "The file of their key; not under --data");
  add_text(command, "--secrets-file", "FILE", config.secrets_file, "Secrets that `runcast secrets` has encrypted")
      ->needs(key);
}

void add_limit_options(CLI::App& command, ServeConfig& config) {
  add_texts(command, "--http-deny", "NET", config.http_deny,
            "A network or address that `http` steps may not connect to; may be\n"
            "repeated, and takes the place of the default ones (link-local and\n"
            "clouds' metadata)");
  auto const limit = [&](char const* name, std::size_t& value, char const* what, std::size_t least, std::size_t most) {
    add_number(command, name, value, what, least, most);
  };
  limit("--http-timeout", config.http_timeout, "Seconds that an `http` step without a timeout has", 1, 86'400);
  limit("--max-http-body", config.max_http_body, "Bytes of the answer to an `http` step", 1, 64 * mib);
  limit("--max-steps", config.max_steps, "Steps of a workflow", 1, 100'000);
  limit("--max-definition-bytes", config.max_definition_bytes, "Bytes of a definition", 1024, 64 * mib);
  limit("--max-line-bytes", config.max_line_bytes, "Bytes of a log line; a longer one is cut", 64, 16 * mib);
  limit("--max-output-bytes", config.max_output_bytes, "Bytes of $RUN_OUTPUT", 64, 16 * mib);
  limit("--max-import-bytes", config.max_import_bytes, "Bytes of a bundle that is imported", 4096, 1024 * mib);
}

// Who may come, how, and how often.
void add_gate_options(CLI::App& command, ServeConfig& config) {
  auto* const certificate = add_text(command, "--tls-cert", "FILE", config.tls_cert,
                                     "The certificate, with its chain (PEM): HTTPS instead of HTTP");
  auto* const key = add_text(command, "--tls-key", "FILE", config.tls_key, "Its key (PEM). SIGHUP reads both again");
  certificate->needs(key);
  key->needs(certificate);
  add_texts(command, "--origin", "ORIGIN", config.origins,
            "A web page's origin (https://ci.example) that may call; may be repeated");
  constexpr std::size_t most = 10'000'000;
  add_number(command, "--rate", config.rate, "Requests a second of a token, and of an address elsewhere (0: no bound)",
             0, most);
  add_number(command, "--burst", config.burst, "The same at once, after a quiet time", 1, most);
  add_number(command, "--max-connections", config.max_connections, "Connections at once (0: as descriptors allow)", 0,
             most);
  add_number(command, "--max-connections-per-address", config.connections_each,
             "The same, of one address (0: no bound)", 0, most);
}

}  // namespace

void add_serve_options(CLI::App& command, ServeConfig& config) {
  add_place_options(command, config);
  add_work_options(command, config);
  add_follower_options(command, config);
  add_log_options(command, config);
  add_secret_options(command, config);
  add_limit_options(command, config);
  add_gate_options(command, config);
  add_text(command, "--config", "FILE", config.config, "A file of settings, `flag = value` a line");
  command.footer(
      "Each setting may also stand in the environment (RUNCAST_LISTEN, RUNCAST_MAX_PARALLEL, …) or in the file;\n"
      "flags go first, then the environment, then the file.");
}

Result<std::vector<std::string>> serve_arguments(std::vector<std::string> const& arguments,
                                                 char const* (*environment)(char const* name)) {
  std::vector<std::string> given;
  for (auto const* flag : settings) {
    if (char const* value = environment(variable_of(flag).c_str())) {
      given.push_back(std::string("--") + flag + "=" + value);
    }
  }
  given.insert(given.end(), arguments.begin(), arguments.end());
  auto const file = config_file(given);
  if (!file) return given;
  std::vector<std::string> all;
  try {
    for (auto const& setting : CLI::ConfigTOML().from_file(*file)) {
      for (auto const& value : setting.inputs) all.push_back("--" + setting.fullname() + "=" + value);
    }
  } catch (CLI::Error const&) {
    return fail(Errc::invalid, "cannot read the settings in " + *file);
  }
  all.insert(all.end(), given.begin(), given.end());
  return all;
}

}  // namespace runcast
