#include "logger/step_logger.hpp"

#include <catch2/catch.hpp>

#include "tests/logger/pipe.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

TEST_CASE("a line goes to the database, then to the hub, then to the console") {
  TempDir dir;
  Pipe pipe;
  Console console({.fd = pipe.writer()});
  auto const store = open_store(dir.path(), Durability::crash);
  RunId run;
  std::vector<std::string> heard;
  BroadcastStepLogger logger(
      *store,
      [&](std::shared_ptr<Commit const> commit) -> Awaitable<> {
        for (auto const& part : commit->runs) {
          auto const stored = await(store->read_events(part.run, 0, 100)).value();
          for (auto const& frame : part.segment->frames()) {
            // What the hub hears can be read back at that moment.
            if (std::find(stored.begin(), stored.end(), part.segment->json(frame)) != stored.end()) {
              heard.emplace_back(part.segment->json(frame));
            }
          }
        }
        co_return;
      },
      console);
  run = create_run(*store);
  std::vector<EventDraft> lines;
  lines.push_back(line("hidden", "compile", Level::debug));
  lines.push_back(line("hello", "compile", Level::warn));
  await(logger.log(run, std::move(lines))).value();

  auto const text = pipe.read_until("\n");
  CHECK(text.find("warn  " + run.str() + " compile | hello\n") != text.npos);
  CHECK(text.find("hidden") == text.npos);
  store->stop();
  CHECK(heard.size() == 2);
  CHECK(heard[1].find("\"message\":\"hello\"") != std::string::npos);
}
