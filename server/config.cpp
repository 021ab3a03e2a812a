#include "server/config.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <optional>

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

void add_secret_options(CLI::App& command, ServeConfig& config) {
  auto const last = CLI::MultiOptionPolicy::TakeLast;
  auto* key = command.add_option("--secrets-key", config.secrets_key, "The file of their key; not under --data")
                  ->multi_option_policy(last);
  command.add_option("--secrets-file", config.secrets_file, "Secrets that `runcast secrets` has encrypted")
      ->multi_option_policy(last)
      ->needs(key);
}

void add_limit_options(CLI::App& command, ServeConfig& config) {
  auto const limit = [&](char const* name, std::size_t& value, char const* what, std::size_t least, std::size_t most) {
    command.add_option(name, value, what)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->check(CLI::Range(least, most))
        ->capture_default_str();
  };
  constexpr std::size_t mib = 1 << 20;
  command.add_option("--http-deny", config.http_deny,
                     "A network or address that `http` steps may not connect to; may be repeated, and takes the place\n"
                     "of the default ones (link-local and clouds' metadata)");
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
  auto const last = CLI::MultiOptionPolicy::TakeLast;
  auto* const certificate =
      command.add_option("--tls-cert", config.tls_cert, "The certificate, with its chain (PEM): HTTPS instead of HTTP")
          ->multi_option_policy(last);
  auto* const key = command.add_option("--tls-key", config.tls_key, "Its key (PEM). SIGHUP reads both again")
                        ->multi_option_policy(last);
  certificate->needs(key);
  key->needs(certificate);
  command.add_option("--origin", config.origins,
                     "A web page's origin (https://ci.example) that may call; may be repeated");
  command.add_option("--rate", config.rate, "Requests a second of a token, and of an address elsewhere (0: no bound)")
      ->multi_option_policy(last)
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  command.add_option("--burst", config.burst, "The same at once, after a quiet time")
      ->multi_option_policy(last)
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command.add_option("--max-connections", config.max_connections, "Connections at once (0: as descriptors allow)")
      ->multi_option_policy(last)
      ->check(CLI::Range(0, 10'000'000));
  command
      .add_option("--max-connections-per-address", config.connections_each, "The same, of one address (0: no bound)")
      ->multi_option_policy(last)
      ->check(CLI::Range(0, 10'000'000));
}

}  // namespace

void add_serve_options(CLI::App& command, ServeConfig& config) {
  auto const last = CLI::MultiOptionPolicy::TakeLast;
  command.add_option("--listen", config.listen, "HOST:PORT to listen on; beyond loopback only with tokens")
      ->multi_option_policy(last)
      ->capture_default_str();
  command.add_option("--data", config.data, "The directory of the database and all else that is kept")
      ->multi_option_policy(last)
      ->required();
  command.add_option("--durability", config.durability, "What a stored event survives: a power cut, or a crash only")
      ->multi_option_policy(last)
      ->check(CLI::IsMember({"power", "crash"}))
      ->capture_default_str();
  command.add_option("--host", config.hosts, "A further name that clients may call the server by; may be repeated");
  command.add_option("--threads", config.threads, "Threads that serve connections (0: one for each core)")
      ->multi_option_policy(last)
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  command.add_option("--max-parallel", config.max_parallel, "Commands at once, of all runs together (0: 64)")
      ->multi_option_policy(last)
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  command.add_option("--max-runs", config.max_runs, "Runs at once; more wait their turn (0: 256)")
      ->multi_option_policy(last)
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command.add_option("--max-jobs", config.max_jobs, "Jobs that wait or are worked on at once; more are refused")
      ->multi_option_policy(last)
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command.add_option("--job-lease-ms", config.job_lease_ms, "How long a worker may be silent before it loses its jobs")
      ->multi_option_policy(last)
      ->check(CLI::Range(100, 86'400'000))
      ->capture_default_str();
  command.add_option("--worker-silence-ms", config.worker_silence_ms, "How long before it counts as offline")
      ->multi_option_policy(last)
      ->check(CLI::Range(100, 86'400'000))
      ->capture_default_str();
  command.add_option("--send-events", config.send_events, "Events in a follower's send buffer")
      ->multi_option_policy(last)
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command.add_option("--send-bytes", config.send_bytes, "Bytes in a follower's send buffer")
      ->multi_option_policy(last)
      ->check(CLI::Range(1024, 64 * 1024 * 1024))
      ->capture_default_str();
  command.add_option("--history-bytes", config.history_bytes, "History kept in memory for followers, a thread")
      ->multi_option_policy(last)
      ->capture_default_str();
  command
      .add_flag("--compress", config.compress,
                "Compress what WebSocket followers get who offer it (permessage-deflate)")
      ->multi_option_policy(last);
  command.add_option("--shutdown-ms", config.shutdown_ms, "How long running steps may still run when the server ends")
      ->multi_option_policy(last)
      ->capture_default_str();
  command.add_option("--log-level", config.log_level, "The least level that is written to the terminal")
      ->multi_option_policy(last)
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  command.add_option("--step-level", config.step_level, "The least level of steps' lines that is written to it")
      ->multi_option_policy(last)
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  command
      .add_option("--secrets", config.secrets, "A directory of secrets: a file for each, readable by this user only")
      ->multi_option_policy(last);
  add_secret_options(command, config);
  add_limit_options(command, config);
  add_gate_options(command, config);
  command.add_option("--config", config.config, "A file of settings, `flag = value` a line")->multi_option_policy(last);
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
