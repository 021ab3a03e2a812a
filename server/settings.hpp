#pragma once

#include <memory>
#include <set>
#include <string>

#include "base/result.hpp"
#include "executor/executor.hpp"
#include "handler/http.hpp"
#include "hub/hub.hpp"
#include "hub/tls_context.hpp"
#include "model/definition.hpp"
#include "server/config.hpp"
#include "server/places.hpp"
#include "store/store.hpp"

// What the settings of `runcast serve` come to for each part of the server. Those that return a Result read files or
// texts that may be wrong.
namespace runcast {

// `descriptors`: that the process may have.
Places::Limits connection_limits(ServeConfig const& config, std::size_t descriptors);
HubOptions hub_options(ServeConfig const& config, Store const& store);
StoreOptions store_options(ServeConfig const& config);
ExecutorOptions executor_options(ServeConfig const& config, Secrets secrets);
DefinitionLimits definition_limits(ServeConfig const& config);
HttpLimits http_limits(ServeConfig const& config);

// That browsers' pages may come from, beside the server's own.
Result<std::set<std::string>> origins_of(ServeConfig const& config);
// Null where none is asked for.
Result<std::shared_ptr<TlsContext const>> tls_context(ServeConfig const& config);
// Those of the directory and those of the encrypted file.
Result<Secrets> all_secrets(ServeConfig const& config);

}  // namespace runcast
