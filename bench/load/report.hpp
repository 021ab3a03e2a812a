#pragma once

#include <string>

#include "bench/load/load.hpp"

namespace runcast::bench {

// One line of JSON: what was asked, and what was seen. Latencies in microseconds, CPU in microseconds per delivery
// (or per handshake), memory in bytes per connection.
std::string report(LoadOptions const& options, LoadResult const& result);

}  // namespace runcast::bench
