#pragma once

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/task_group.hpp"
#include "executor/spawn/spawner.hpp"

namespace runcast {

struct Outcome {
  Result<ExitStatus> exit;
  std::vector<std::string> out;
  std::vector<std::string> err;
};

// A spawner with its helper, on an io_context that runs while a test waits for something.
class SpawnWorld {
 public:
  explicit SpawnWorld(std::string instance = "spawn-tests",
                      std::vector<std::string> helper = spawner_beside_this_executable());
  ~SpawnWorld();
  SpawnWorld(SpawnWorld const&) = delete;

  // Runs the coroutine to its end; what it throws is thrown here.
  void play(std::function<Awaitable<>()> const& scene);

  // Runs a command to its end and collects its output.
  Outcome run(Command command);

  asio::io_context context;
  Spawner spawner;

 private:
  TaskGroup tasks_;
};

Command script(std::string text);
Command program(std::vector<std::string> argv);

// Spawns, insists that it works, and hands over the process.
Awaitable<Process> must_spawn(Spawner& spawner, Command command);

// Appends the lines to the stream's vector.
LineSink collect_into(std::vector<std::string>& out, std::vector<std::string>& err);
LineSink ignore_output();

Awaitable<> sleep_for(Millis duration);

// An argument for sleep(1) that no other process has, and by which a process is found.
std::string unique_sleep();

// Living processes (zombies do not count) whose command line contains `text`.
std::size_t count_processes(std::string const& text);

// Those of them that are `sleep TEXT` itself, and no shell or tool on the way to it.
std::size_t count_sleeps(std::string const& text);

// Whether it runs; a zombie does not.
bool is_alive(pid_t pid);

// Whether `condition` becomes true within a generous bound.
bool eventually(std::function<bool()> const& condition);

std::size_t count_open_fds();

}  // namespace runcast
