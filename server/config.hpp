#pragma once

#include <set>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "base/result.hpp"
#include "server/listener.hpp"
#include "store/store.hpp"

namespace runcast {

// The settings of `runcast serve`. Each is a flag, else an environment variable (RUNCAST_ and the flag's name), else a
// line of the `--config` file (TOML or INI: flag = value), else its default.
struct ServeConfig {
  std::string listen = "127.0.0.1:8080";
  std::string data;
  std::string durability = "power";
  std::vector<std::string> hosts;
  std::size_t threads = 0;                 // that serve connections; 0: one for each core
  std::size_t max_parallel = 0;            // steps at once, in all runs together; 0: 64
  std::size_t max_runs = 0;                // active at once; 0: 256
  std::size_t max_jobs = 100'000;          // waiting and worked on at once
  std::size_t job_lease_ms = 30'000;       // a job whose worker is silent for as long goes to another
  std::size_t worker_silence_ms = 60'000;  // after which it is offline
  std::size_t send_events = 256;           // a client's send buffer
  std::size_t send_bytes = 1024 * 1024;
  bool compress = false;                         // WebSocket followers who offer it
  std::size_t history_bytes = 16 * 1024 * 1024;  // of history that is kept for followers, for each thread
  std::size_t shutdown_ms = 5'000;               // for running steps to end by themselves
  std::string log_level = "info";
  std::string step_level = "info";
  std::string secrets;                 // a directory with a file for each; empty: none
  std::string secrets_file;            // an encrypted file of them; empty: none
  std::string secrets_key;             // the file of its key
  std::vector<std::string> http_deny;  // for `http` steps; empty: the default ones
  std::size_t http_timeout = 300;      // seconds, of `http` steps without a timeout of their own
  std::size_t max_http_body = 1 << 20;
  std::size_t max_steps = 10'000;
  std::size_t max_definition_bytes = 1 << 20;
  std::size_t max_line_bytes = 1 << 20;
  std::size_t max_output_bytes = 1 << 20;
  std::size_t max_import_bytes = 32 << 20;
  std::string tls_cert;  // PEM; with tls_key: HTTPS instead of HTTP
  std::string tls_key;
  std::vector<std::string> origins;  // of pages elsewhere that may call
  std::size_t rate = 1000;           // requests a second, of a token and of an address; 0: no bound
  std::size_t burst = 10'000;        // at once
  std::size_t max_connections = 0;   // 0: as many as there are descriptors for
  std::size_t connections_each = 0;  // of one address; 0: no bound
  std::string config;                // the file of settings; serve_arguments() reads it
};

// Adds the flags to the `serve` command.
void add_serve_options(CLI::App& command, ServeConfig& config);

// The command line with `--flag=value` put in front for each setting of the environment, and before those for each of
// the `--config` file, because the parser lets a later flag win. invalid: the file cannot be read.
Result<std::vector<std::string>> serve_arguments(std::vector<std::string> const& arguments,
                                                 char const* (*environment)(char const* name));

}  // namespace runcast
