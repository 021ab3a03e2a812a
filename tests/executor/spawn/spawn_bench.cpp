#include <chrono>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "spawn_world.hpp"

// Not part of the suite: `spawn_tests [.bench]`.
namespace runcast {
namespace {

double seconds_of(std::function<void()> const& work) {
  auto const began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

Awaitable<> spawn_in_turn(Spawner& spawner, Command command, int count) {
  for (int i = 0; i < count; ++i) {
    auto process = co_await must_spawn(spawner, command);
    co_await process.run(ignore_output());
  }
}

TEST_CASE("processes per second", "[.bench]") {
  constexpr int total = 8'000;
  SpawnWorld world;
  auto const text = GENERATE(as<std::string>(), "/bin/true", "/bin/true; :");
  for (int at_once : {1, 2, 4, 8}) {
    auto const seconds = seconds_of([&] {
      world.play([&]() -> Awaitable<> {
        TaskGroup group(world.context.get_executor());
        for (int i = 0; i < at_once; ++i) group.spawn(spawn_in_turn(world.spawner, script(text), total / at_once));
        co_await group.join();
      });
    });
    fmt::print("`{}`, {} at a time: {:.0f}/s\n", text, at_once, total / seconds);
  }
}

TEST_CASE("lines per second", "[.bench]") {
  SpawnWorld world;
  std::size_t lines = 0;
  auto const seconds = seconds_of([&] {
    world.play([&]() -> Awaitable<> {
      auto process = co_await must_spawn(world.spawner, script("seq 1 1000000"));
      co_await process.run([&](OutputStream, std::span<OutputLine const> batch) -> Awaitable<> {
        lines += batch.size();
        co_return;
      });
    });
  });
  fmt::print("{} lines: {:.2f} s\n", lines, seconds);
}

}  // namespace
}  // namespace runcast
