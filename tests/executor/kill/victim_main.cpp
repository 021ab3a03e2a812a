// A server without a network, for kill_test.cpp to kill: it works on the same three runs each time that it is started,
// writes each event to its standard output once that is stored, as a client would see it, and ends when they have.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "executor/executor.hpp"
#include "executor/spawn/spawner.hpp"
#include "logger/step_logger.hpp"
#include "model/definition.hpp"
#include "store/store.hpp"
#include "tests/executor/kill/workload.hpp"
#include "tests/store/support.hpp"

namespace runcast::testing {
namespace {

void write_all(std::string_view text) {
  while (!text.empty()) {
    auto const size = ::write(STDOUT_FILENO, text.data(), text.size());
    if (size < 0) std::_Exit(2);
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

Awaitable<> tell(std::shared_ptr<Commit const> commit) {
  std::string text;
  for (auto const& run : commit->runs) {
    for (auto const& frame : run.segment->frames()) text.append(run.segment->json(frame)) += '\n';
  }
  write_all(text);
  co_return;
}

RunId submit(Executor& executor, std::string const& definition) {
  Submission submission;
  submission.plan = make_plan(parse_definition_text(definition).value());
  submission.definition_json = definition;
  submission.started_by = "kill test";
  submission.idempotency_key = submission.plan->workflow().name;
  submission.fingerprint = definition;
  return await(executor.submit(std::move(submission))).value();
}

void keep_child_workflow(Store& store) {
  auto const kept = await(store.write([](WriteTx& tx) -> Result<void> {
    auto const version = tx.create_workflow("child", child_definition(), system_time());
    if (!version && version.error().code != Errc::conflict) return version.error();
    return {};
  }));
  kept.value();
}

int main(std::string const& directory, std::string const& url) {
  Console console({.fd = STDERR_FILENO, .minimum = Level::error});
  auto const store = open_store(directory, Durability::crash);
  BroadcastStepLogger logger(*store, tell, console, Level::error);
  ExecutorOptions options;
  options.data_dir = directory;
  options.spawn_helper = spawner_beside_this_executable();
  Executor executor(options, *store, logger, console);
  await(executor.start()).value();
  keep_child_workflow(*store);
  std::vector<RunId> runs;
  for (auto const& definition : definitions(directory, url)) runs.push_back(submit(executor, definition));

  for (bool ended = false; !ended;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ended = true;
    for (auto const run : runs) {
      ended &= has_ended(await(store->run(run)).value().status);
      static_cast<void>(await(executor.approve(run, "gate", true, "kill test", {})));  // if it waits for that
    }
  }
  await(executor.stop(Millis(1000)));
  store->stop();
  return 0;
}

}  // namespace
}  // namespace runcast::testing

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return runcast::testing::main(argv[1], argv[2]);
}
