#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "cli/options.hpp"

namespace runcast::cli {

// Whether somebody who asks `run` for its step `step` can get anything: it has that step, or may get that instance of
// a matrix step once it is expanded. An empty `step` means all. Refused: there is none of that name; no server.
OrRefusal<void> check_step(ApiClient& client, std::string const& run, std::string const& step);

// The same of a run as GET …/runs/ID answers it. Pure.
OrRefusal<void> check_step(boost::json::object const& run, std::string_view step);

}  // namespace runcast::cli
