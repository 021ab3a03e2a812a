#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

// What the server and its spawn helper say to each other. Both are the same build, so there is one form of each message
// and no negotiation; hello carries the build's version to prove it.
namespace runcast::wire {

// Numbers an attempt within one server process, from 1 up.
using Serial = std::uint32_t;

// To the helper.
struct Hello {
  std::string version;
  std::string instance;  // the key of the server's data; see SpawnerOptions
};
struct Spawn {
  Serial serial = 0;
  std::string attempt_id;
  std::vector<std::string> argv;  // empty: `shell -c script`
  std::string script;
  std::string shell;
  std::vector<std::string> env;  // "NAME=value"
  std::string working_directory;
  std::optional<std::string> stdin_content;
};
struct Terminate {
  Serial serial = 0;
  Millis grace{};
};
struct KillStale {};

// From the helper.
struct Spawned {  // with the read ends of stdout's and stderr's pipes, unless it is over and they are empty
  Serial serial = 0;
  std::int32_t pid = 0;
  std::optional<std::int32_t> wait_status;  // set: it is over already, and no Exited follows
};
struct SpawnFailed {
  Serial serial = 0;
  Error error{};
};
struct Exited {  // no process of the attempt is left
  Serial serial = 0;
  std::int32_t wait_status = 0;  // as waitpid(2) gives it
};
struct StaleKilled {
  std::uint32_t count = 0;
};

using Message = std::variant<Hello, Spawn, Terminate, KillStale, Spawned, SpawnFailed, Exited, StaleKilled>;

std::string encode(Message const& message);
Result<Message> decode(std::string_view bytes);  // Errc::corrupt: another build, or a bug

}  // namespace runcast::wire
