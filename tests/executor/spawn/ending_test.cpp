#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "spawn_world.hpp"

namespace runcast {
namespace {

using Lines = std::vector<std::string>;

// Runs `text`, and terminates it as soon as it has written a line.
Outcome terminate_when_it_speaks(SpawnWorld& world, std::string text, Millis grace) {
  Outcome outcome{fail(Errc::closed, "not run"), {}, {}};
  world.play([&]() -> Awaitable<> {
    auto process = co_await must_spawn(world.spawner, script(std::move(text)));
    auto collect = collect_into(outcome.out, outcome.err);
    outcome.exit = co_await process.run([&](OutputStream stream, std::span<OutputLine const> lines) -> Awaitable<> {
      co_await collect(stream, lines);
      process.terminate(grace);
    });
  });
  return outcome;
}

constexpr Millis long_grace{600'000};

TEST_CASE("a step ends with its first process, and what is left of it is killed") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  auto const leftover = GENERATE(as<std::string>(),
                                 "sleep {0} &",                                 // holds the pipes
                                 "setsid sleep {0} &",                          // in a session of its own
                                 "(setsid sh -c 'sleep {0} & sleep {0} &' &)",  // forked away twice
                                 "nohup setsid sleep {0} > /dev/null 2>&1 < /dev/null &",
                                 "env -i setsid -f sleep {0}",  // without its environment
                                 "env -i setsid -f sleep {0} > /dev/null 2>&1 < /dev/null",
                                 "sh -c 'trap \"\" TERM HUP INT; sleep {0}' &",  // deaf to all but SIGKILL
                                 "prlimit --locks=7:unlimited sh -c 'sleep {0} & sleep {0}' &",  // without its mark
                                 "prlimit --locks=7:unlimited env -i setsid -f sleep {0} > /dev/null 2>&1");
  auto const text = fmt::format(fmt::runtime(leftover), sleep) + "\necho done; exit 5";
  CAPTURE(text);
  auto const outcome = world.run(script(text));
  CHECK(outcome.exit->code == 5);
  CHECK(outcome.out == Lines{"done"});
  CHECK(count_processes(sleep) == 0);
}

TEST_CASE("the leftovers of one step are killed, those of its neighbour live on") {
  SpawnWorld world;
  auto const mine = unique_sleep();
  auto const yours = unique_sleep();
  world.play([&]() -> Awaitable<> {
    auto const daemon = "(env -i setsid -f sleep {}); echo ready; sleep 1000";
    auto neighbour = co_await must_spawn(world.spawner, script(fmt::format(fmt::runtime(daemon), yours)));
    while (count_sleeps(yours) == 0) co_await sleep_for(Millis{5});

    auto process = co_await must_spawn(world.spawner, script(fmt::format("env -i setsid -f sleep {}", mine)));
    REQUIRE((co_await process.run(ignore_output()))->success());
    CHECK(count_processes(mine) == 0);
    CHECK(count_sleeps(yours) == 1);

    neighbour.terminate(Millis{0});
    CHECK((co_await neighbour.run(ignore_output()))->signal == "SIGKILL");
    CHECK(count_processes(yours) == 0);
  });
}

TEST_CASE("a process that shed all traces is killed when the last step ends that it may belong to") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  world.play([&]() -> Awaitable<> {
    auto older = co_await must_spawn(world.spawner, script("sleep 1000"));
    auto const text = "prlimit --locks=7:unlimited env -i setsid -f sleep {} > /dev/null 2>&1";
    auto process = co_await must_spawn(world.spawner, script(fmt::format(fmt::runtime(text), sleep)));
    REQUIRE((co_await process.run(ignore_output()))->success());
    auto younger = co_await must_spawn(world.spawner, script("sleep 1000"));
    older.terminate(Millis{0});
    co_await older.run(ignore_output());
    CHECK(count_processes(sleep) == 0);
    younger.terminate(Millis{0});
    co_await younger.run(ignore_output());
  });
}

TEST_CASE("where the system refuses marks, the environment tells whose a process is") {
  SpawnWorld world("unmarked", {"/usr/bin/prlimit", "--locks=5:5", spawner_beside_this_executable().front()});
  auto const mine = unique_sleep();
  auto const yours = unique_sleep();
  world.play([&]() -> Awaitable<> {
    auto const daemon = "(setsid -f sleep {}); sleep 1000";
    auto neighbour = co_await must_spawn(world.spawner, script(fmt::format(fmt::runtime(daemon), yours)));
    while (count_sleeps(yours) == 0) co_await sleep_for(Millis{5});
    auto process = co_await must_spawn(world.spawner, script(fmt::format("setsid -f sleep {}", mine)));
    REQUIRE((co_await process.run(ignore_output()))->success());
    CHECK(count_processes(mine) == 0);
    CHECK(count_sleeps(yours) == 1);
    neighbour.terminate(long_grace);
    CHECK((co_await neighbour.run(ignore_output()))->signal == "SIGTERM");
    CHECK(count_processes(yours) == 0);
  });
}

TEST_CASE("a terminated step may end in its own way within the grace") {
  SpawnWorld world;
  auto const outcome = terminate_when_it_speaks(
      world, "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.02; done", long_grace);
  CHECK(outcome.out == Lines{"ready", "bye"});
  CHECK(outcome.exit->code == 7);
}

TEST_CASE("SIGTERM reaches every process of a step, in sessions of their own too, and a stopped one") {
  SpawnWorld world;
  auto const child = "sh -c 'trap \"echo child; exit\" TERM; echo up >&2; while :; do sleep 0.02; done'";
  auto const outcome = terminate_when_it_speaks(
      world, fmt::format("trap 'wait; echo parent; exit 0' TERM; setsid {} & while :; do sleep 0.02; done", child),
      long_grace);
  CHECK(outcome.out == Lines{"child", "parent"});

  auto const stopped = terminate_when_it_speaks(world, "echo ready; kill -STOP $$", long_grace);
  CHECK(stopped.exit->signal == "SIGTERM");
}

TEST_CASE("a step that does not listen is killed after the grace") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  auto const text = fmt::format("trap '' TERM; setsid sleep {0} & echo ready; sleep {0}; echo still here", sleep);
  auto const outcome = terminate_when_it_speaks(world, text, Millis{50});
  CHECK(outcome.exit->signal == "SIGKILL");
  CHECK(outcome.out == Lines{"ready"});
  CHECK(count_processes(sleep) == 0);
}

TEST_CASE("a grace can be shortened, and not be lengthened") {
  SpawnWorld world;
  world.play([&]() -> Awaitable<> {
    auto process = co_await must_spawn(world.spawner, script("trap '' TERM; echo ready; while :; do sleep 1; done"));
    auto exit = co_await process.run([&](OutputStream, std::span<OutputLine const>) -> Awaitable<> {
      process.terminate(long_grace);
      process.terminate(Millis{20});
      process.terminate(long_grace);
      co_return;
    });
    CHECK(exit->signal == "SIGKILL");
  });
}

TEST_CASE("a tree of processes ends whole") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  auto const text = fmt::format(
      "tree() {{ if [ $1 -gt 0 ]; then tree $(($1 - 1)) & tree $(($1 - 1)) & fi; sleep {0}; }}\n"
      "tree 6 & sleep 0.3; echo grown; wait",
      sleep);
  auto const outcome = terminate_when_it_speaks(world, text, Millis{0});
  CHECK(outcome.exit->signal == "SIGKILL");
  CHECK(count_processes(sleep) == 0);
}

TEST_CASE("a step that forks without end is ended") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  auto const text = fmt::format("trap '' TERM; while :; do setsid sleep {} & echo more; done", sleep);
  auto const outcome = terminate_when_it_speaks(world, text, Millis{100});
  CHECK(outcome.exit->signal == "SIGKILL");
  CHECK(count_processes(sleep) == 0);
}

TEST_CASE("a process that forever forks away from itself is caught when its step ends") {
  SpawnWorld world;
  auto const token = unique_sleep();
  auto const file = fmt::format("/tmp/runcast-runaway-{}", token);
  std::ofstream(file) << "#!/bin/sh\nsetsid /bin/sh $0 &\n";
  auto const outcome = world.run(script(fmt::format("setsid /bin/sh {} & sleep 0.2; echo done", file)));
  CHECK(outcome.exit->success());
  CHECK(count_processes(token) == 0);
  std::filesystem::remove(file);
}

TEST_CASE("a process that is let go of is killed") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  world.play([&]() -> Awaitable<> {
    auto const process = co_await must_spawn(world.spawner, script(fmt::format("setsid sleep {0} & sleep {0}", sleep)));
  });
  world.play([&]() -> Awaitable<> {
    while (count_processes(sleep) > 0) co_await sleep_for(Millis{5});
  });
  CHECK(world.run(script("echo alive")).out == Lines{"alive"});
}

TEST_CASE("a cancelled spawn, and a cancelled run, leave no process") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  auto const fds = count_open_fds();
  world.play([&]() -> Awaitable<> {
    TaskGroup group(world.context.get_executor());
    for (int i = 0; i < 20; ++i) {
      group.spawn([](SpawnWorld& w, std::string s) -> Awaitable<> {
        auto process = co_await must_spawn(w.spawner, script(fmt::format("setsid sleep {0} & sleep {0}", s)));
        co_await process.run(ignore_output());
      }(world, sleep));
      co_await asio::post(asio::use_awaitable);
      if (i == 10) co_await sleep_for(Millis{20});
    }
    group.cancel();
    co_await group.join();
    while (count_processes(sleep) > 0) co_await sleep_for(Millis{5});
  });
  CHECK(world.run(script("echo alive")).out == Lines{"alive"});
  CHECK(count_open_fds() == fds);
}

}  // namespace
}  // namespace runcast
