#include "server/settings.hpp"

#include <fmt/format.h>

#include "executor/secrets_file.hpp"

namespace runcast {

// Commands have a few descriptors each, the database some: they must find them whoever connects.
Places::Limits connection_limits(ServeConfig const& config, std::size_t descriptors) {
  std::size_t const reserved =
      std::min<std::size_t>(descriptors / 2, 128 + 6 * (config.max_parallel ? config.max_parallel : 64));
  std::size_t const possible = descriptors - reserved;
  return {config.max_connections ? std::min(config.max_connections, possible) : possible, config.connections_each};
}

Result<std::set<std::string>> origins_of(ServeConfig const& config) {
  std::set<std::string> origins;
  for (auto const& text : config.origins) {
    auto origin = parse_origin(text);
    if (!origin) return origin.error();
    origins.insert(std::move(*origin));
  }
  return origins;
}

Result<std::shared_ptr<TlsContext const>> tls_context(ServeConfig const& config) {
  if (config.tls_cert.empty()) return std::shared_ptr<TlsContext const>();
  return TlsContext::load(config.tls_cert, config.tls_key);
}

HubOptions hub_options(ServeConfig const& config, Store const& store) {
  HubOptions options;
  options.epoch = store.epoch();
  options.client.send_events = config.send_events;
  options.client.send_bytes = config.send_bytes;
  options.pages.cache_bytes = config.history_bytes;
  return options;
}

StoreOptions store_options(ServeConfig const& config) {
  StoreOptions options;
  options.data_dir = config.data;
  options.durability = config.durability == "power" ? Durability::power : Durability::crash;
  return options;
}

ExecutorOptions executor_options(ServeConfig const& config, Secrets secrets) {
  ExecutorOptions options;
  options.secrets = std::move(secrets);
  options.data_dir = config.data;
  if (config.max_parallel) options.max_parallel = config.max_parallel;
  if (config.max_runs) options.max_runs = config.max_runs;
  if (!config.http_deny.empty()) options.denied_addresses = config.http_deny;
  options.http_timeout = std::chrono::seconds(config.http_timeout);
  options.max_http_body = config.max_http_body;
  options.max_line_bytes = config.max_line_bytes;
  options.max_output_bytes = config.max_output_bytes;
  options.queue.max_jobs = config.max_jobs;
  options.queue.lease = Millis(config.job_lease_ms);
  options.queue.offline = Millis(config.worker_silence_ms);
  return options;
}

DefinitionLimits definition_limits(ServeConfig const& config) {
  DefinitionLimits limits;
  limits.max_bytes = config.max_definition_bytes;
  limits.max_steps = config.max_steps;
  return limits;
}

HttpLimits http_limits(ServeConfig const& config) {
  HttpLimits limits;
  // Beside a definition a body holds a run's inputs, and white space.
  limits.body_bytes = std::max<std::uint64_t>(limits.body_bytes, 2 * config.max_definition_bytes);
  limits.bundle_bytes = config.max_import_bytes;
  return limits;
}

Result<Secrets> all_secrets(ServeConfig const& config) {
  Secrets secrets;
  if (!config.secrets.empty()) {
    auto plain = read_secrets(config.secrets);
    if (!plain) return plain;
    secrets = std::move(*plain);
  }
  if (config.secrets_file.empty()) return secrets;
  if (is_below(config.secrets_key, config.data)) {
    return fail(Errc::invalid, "the key of the secrets is not to lie under --data: whoever has one would have both");
  }
  auto const key = read_key(config.secrets_key);
  if (!key) return key.error();
  auto sealed = read_sealed_secrets(config.secrets_file, *key);
  if (!sealed) return sealed;
  for (auto& [name, value] : *sealed) {
    if (!secrets.emplace(name, std::move(value)).second) {
      return fail(Errc::invalid, fmt::format("the secret {} is in --secrets and in --secrets-file", name));
    }
  }
  return secrets;
}

}  // namespace runcast
