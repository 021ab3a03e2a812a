#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "spawn_world.hpp"

namespace runcast {
namespace {

// A process of its own that acts as the server, with a step and its escapees running.
struct Server {
  pid_t pid = 0;
  pid_t helper = 0;

  Server(std::string const& instance, std::string const& text) {
    int fds[2];
    REQUIRE(::pipe(fds) == 0);
    pid = ::fork();
    if (pid == 0) serve(instance, text, fds[1]);
    ::close(fds[1]);
    REQUIRE(::read(fds[0], &helper, sizeof helper) == sizeof helper);
    ::close(fds[0]);
  }

  void kill() const {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

 private:
  [[noreturn]] static void serve(std::string const& instance, std::string const& text, int ready) {
    SpawnWorld world(instance);
    world.play([&]() -> Awaitable<> {
      auto process = co_await must_spawn(world.spawner, script(text));
      co_await process.run([&](OutputStream, std::span<OutputLine const>) -> Awaitable<> {
        pid_t const helper_pid = world.spawner.helper_pid();
        if (::write(ready, &helper_pid, sizeof helper_pid) != sizeof helper_pid) std::abort();
        co_return;
      });
    });
    ::_exit(0);
  }
};

std::string busy_step(std::string const& sleep) {
  return fmt::format(
      "trap '' TERM HUP; (setsid sh -c 'sleep {0} & sleep {0}' &); env -i setsid -f sleep {0}\n"
      "sleep 0.1; echo ready; sleep {0}",
      sleep);
}

TEST_CASE("when the server is killed, none of its steps' processes outlives it, nor does the helper") {
  auto const sleep = unique_sleep();
  Server const server("killed-server", busy_step(sleep));
  CHECK(count_processes(sleep) > 0);
  server.kill();
  CHECK(eventually([&] { return count_processes(sleep) == 0 && !is_alive(server.helper); }));
}

TEST_CASE("what a server and a helper leave behind that were both killed is found by the next server") {
  auto const sleep = unique_sleep();
  Server const server("killed-both", busy_step(sleep));
  ::kill(server.pid, SIGSTOP);  // so that it starts no other helper
  ::kill(server.helper, SIGKILL);
  server.kill();
  REQUIRE(eventually([&] { return !is_alive(server.helper); }));
  CHECK(count_processes(sleep) > 0);

  SpawnWorld other("another-instance");
  SpawnWorld next("killed-both");
  Result<std::size_t> killed = std::size_t{0};
  other.play([&]() -> Awaitable<> { killed = co_await other.spawner.kill_stale(); });
  CHECK(*killed == 0);
  CHECK(count_processes(sleep) > 0);
  next.play([&]() -> Awaitable<> { killed = co_await next.spawner.kill_stale(); });
  CHECK(*killed > 0);
  CHECK(count_processes(sleep) == 0);
}

TEST_CASE("a helper that is killed cuts off the steps that ran, and has a successor") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  auto const first = world.spawner.helper_pid();
  world.play([&]() -> Awaitable<> {
    co_await sleep_for(Millis{1'100});  // one that dies sooner is not replaced at once
    auto process = co_await must_spawn(world.spawner, script("setsid sleep " + sleep + " & echo a; sleep " + sleep));
    auto const exit = co_await process.run([&](OutputStream, std::span<OutputLine const>) -> Awaitable<> {
      ::kill(first, SIGKILL);
      co_return;
    });
    REQUIRE(exit.has_error());
    CHECK(exit.error().code == Errc::closed);
    while (world.spawner.helper_pid() == 0) co_await sleep_for(Millis{5});
  });
  CHECK(world.spawner.helper_pid() != first);
  CHECK(world.run(script("echo alive")).out == std::vector<std::string>{"alive"});
  CHECK(count_processes(sleep) == 0);
}

TEST_CASE("signals that end a server by the terminal or its supervisor do not end the helper") {
  SpawnWorld world;
  CHECK(::getsid(world.spawner.helper_pid()) == world.spawner.helper_pid());
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    CHECK(world.run(script("echo alive")).out.size() == 1);
    ::kill(world.spawner.helper_pid(), signal);
  }
  CHECK(world.run(script("echo alive")).out.size() == 1);
}

TEST_CASE("a spawner that goes takes all processes with it") {
  auto const sleep = unique_sleep();
  {
    SpawnWorld world;
    world.play([&]() -> Awaitable<> {
      auto process = co_await must_spawn(world.spawner, script("setsid sleep " + sleep + " & sleep " + sleep));
      while (count_processes(sleep) == 0) co_await sleep_for(Millis{5});
    });
  }
  CHECK(count_processes(sleep) == 0);
}

TEST_CASE("a helper that cannot be started is an error that names it") {
  asio::io_context context;
  Spawner spawner(context.get_executor(), {{"/no/such/helper"}, "tests"});
  auto const started = spawner.start();
  REQUIRE(started.has_error());
  CHECK(started.error().message == "cannot start the spawn helper /no/such/helper: No such file or directory");
}

}  // namespace
}  // namespace runcast
