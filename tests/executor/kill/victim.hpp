#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace runcast::testing {

// One life of the victim's process.
struct Life {
  std::vector<std::string> seen;   // the whole lines that it wrote
  std::optional<int> exit_status;  // as waitpid(2) gives it; nothing: it was killed
};

// Starts the victim on a directory, reads what it writes, and kills it, with SIGKILL, after so long; without a limit it
// waits for its end.
Life live(std::filesystem::path const& directory, std::string const& url, std::optional<Millis> limit);

}  // namespace runcast::testing
