#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace runcast {

// The variable that each process of an attempt carries: "INSTANCE/ATTEMPT".
inline constexpr char const* attempt_variable = "RUNCAST_ATTEMPT_ID";

// What one attempt of a step runs: either `argv`, which touches no shell, or a `script` for one.
struct Command {
  std::vector<std::string> argv;  // its first element is found through the PATH of `env`, unless it holds a slash

  // Run as `SHELL -c SCRIPT`. No `-e`: a script says itself whether its first failing line ends it.
  std::string script;
  std::string shell;  // empty: /bin/sh

  // The whole environment, beside RUNCAST_ATTEMPT_ID and, where a working directory is given, PWD.
  std::map<std::string, std::string> env;
  std::string working_directory;  // empty: where the server was started
  std::string attempt_id;         // unique among the attempts of this server's instance

  std::optional<std::string> stdin_content;  // none: /dev/null
};

// How a command's first process ended: `signal` is empty where it exited by itself.
struct ExitStatus {
  int code = 0;
  std::string signal;  // "SIGKILL"

  bool success() const { return signal.empty() && code == 0; }
  friend bool operator==(ExitStatus const&, ExitStatus const&) = default;
};

}  // namespace runcast
