#pragma once

#include <string>

#include "cli/follow/follow.hpp"
#include "cli/options.hpp"

namespace runcast::cli {

// How a run is to be shown, and from where on.
struct ShowOptions {
  StreamStart start;
  std::string step;               // empty: all
  std::string level;              // empty: all
  std::string retry_for = "10m";  // a duration
};

// --retry-for.
void add_retry_option(CLI::App& command, std::string& retry_for);

// --step and --level.
void add_log_filters(CLI::App& command, std::string& step, std::string& level);

// Follows a run on standard output, drawn or in lines, to its end or to Ctrl-C; the exit code is the run's fate.
OrRefusal<int> follow_and_show(ApiClient& client, ClientOptions const& options, std::string const& run,
                               ShowOptions const& show);

// The request for `run` that these options ask for. Refused: a --retry-for that is no duration.
OrRefusal<FollowRequest> make_follow_request(std::string const& run, ShowOptions const& show);

}  // namespace runcast::cli
