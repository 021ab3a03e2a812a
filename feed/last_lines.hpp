#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/asio.hpp"
#include "base/result.hpp"
#include "store/types.hpp"

namespace runcast {

class Store;

// The last lines that each of these steps of a run has logged, as many as are kept of a job, in order. One pass through
// the run's log, from its end and no further than it has to go, whatever the number of steps.
using LastLines = std::map<std::string, std::vector<LogLine>, std::less<>>;
Awaitable<Result<LastLines>> read_last_lines(Store& store, RunId run, std::set<std::string> const& steps);

}  // namespace runcast
