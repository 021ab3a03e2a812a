#pragma once

#include "base/result.hpp"
#include "server/config.hpp"

namespace runcast {

// `runcast serve`: takes the data directory, goes on with the runs that an earlier server left, listens, and serves
// until SIGTERM or SIGINT. Then it accepts nothing more, tells its clients (1001), gives running steps a moment,
// records those that it has to end as interrupted, flushes, and returns 0. A second signal ends it at once. An error:
// why it could not start, or why it had to stop (the database cannot be written any more).
Result<void> serve(ServeConfig const& config);

}  // namespace runcast
