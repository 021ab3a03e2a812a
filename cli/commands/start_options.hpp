#pragma once

#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "cli/commands/follow_options.hpp"

namespace runcast::cli {

// How a run is to be started, and what is to be done then.
struct StartOptions : ClientOptions {
  std::vector<std::string> inputs;
  std::string idempotency_key;
  bool follow = false;
  bool detach = false;
  ShowOptions show;
};

// The flags of a command that starts a run, those of a client included. `options` outlives the app's parsing.
void add_start_options(CLI::App& command, StartOptions& options);

// Refused: a --retry-for that is no duration. To be asked before anything is started.
OrRefusal<void> check_start_options(StartOptions const& options);

// --input, as parse_inputs() reads it.
OrRefusal<boost::json::object> inputs_of(StartOptions const& options, boost::json::value const& definition);

// Makes the POST that starts a run, and prints its id, or follows it; the exit code is then the run's fate.
OrRefusal<int> start(ApiClient& client, StartOptions const& options, std::string path, boost::json::object const& body,
                     PlaceOf const& place_of);

}  // namespace runcast::cli
