#pragma once

#include <string>
#include <vector>

namespace runcast::testing {

// Three workflows with steps of every kind, by name `kinds`, `layers` and `fates`. Commands note in DIRECTORY/ran each
// attempt that they make. `url` answers http steps.
std::vector<std::string> definitions(std::string const& directory, std::string const& url);

// The stored workflow that a step of `kinds` starts.
std::string child_definition();

}  // namespace runcast::testing
