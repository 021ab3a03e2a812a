#pragma once

#include <map>
#include <string>

#include "executor/executor.hpp"

namespace runcast {

class HttpClient;
class Queue;
class Runs;
class Slots;
class Spawner;

// What every run works with. All of it outlives them, and belongs to the executor's thread, but for the store and the
// logger, which any thread may use.
struct Services {
  asio::any_io_executor thread;
  ExecutorOptions const& options;
  Store& store;
  BroadcastStepLogger& logger;
  Console& console;
  Spawner& spawner;
  std::unique_ptr<HttpClient> const& http;  // made by the time that a run begins
  Slots& slots;
  Queue& queue;
  Runs& runs;
  std::map<std::string, std::string> const& base_environment;
};

}  // namespace runcast
