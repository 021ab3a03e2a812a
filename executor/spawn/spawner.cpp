#include "executor/spawn/spawner.hpp"

#include <filesystem>

#include "executor/spawn/helper.hpp"
#include "executor/spawn/spawner_core.hpp"

namespace runcast {

std::vector<std::string> spawner_from_this_executable() { return {"/proc/self/exe", spawn_helper_word}; }

std::vector<std::string> spawner_beside_this_executable() {
  auto const self = std::filesystem::read_symlink("/proc/self/exe");
  return {self.parent_path() / "runcast-spawn-helper"};
}

Spawner::Spawner(asio::any_io_executor executor, SpawnerOptions options)
    : core_(std::make_shared<SpawnerCore>(std::move(executor), std::move(options))) {}

Spawner::~Spawner() { core_->stop(); }

Result<void> Spawner::start() { return core_->start(); }

Awaitable<> Spawner::run() { return core_->run(); }

Awaitable<Result<std::size_t>> Spawner::kill_stale() { return core_->kill_stale(); }

Awaitable<Result<Process>> Spawner::spawn(Command command) {
  auto const attempt = core_->request(std::move(command));
  Process process(core_, attempt);
  while (attempt->pid == 0 && !attempt->error) co_await attempt->changed.wait();
  if (attempt->pid == 0) co_return *attempt->error;
  co_return Result<Process>(std::move(process));
}

int Spawner::helper_pid() const { return core_->helper_pid(); }

}  // namespace runcast
