#include <chrono>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/executor/executor_world.hpp"

using namespace runcast;
using namespace runcast::testing;

// Not part of the suite: `executor_tests [.bench]`. Wall time of whole runs of `true`, stored in both durabilities.
namespace {

std::string graph(std::size_t count, auto needs_of) {
  std::string text = "{'name':'bench','steps':[";
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format("{}{{'id':'s{}','run':['true']{}}}", i == 0 ? "" : ",", i, needs_of(i));
  }
  return text + "]}";
}

std::string side_by_side(std::size_t) { return {}; }

std::string chain(std::size_t i) { return i == 0 ? std::string() : fmt::format(",'needs':['s{}']", i - 1); }

std::string lattice(std::size_t i) {
  std::string needs;
  for (std::size_t k = 0; i >= 10 && k < 10; ++k) {
    needs += fmt::format("{}'s{}'", k == 0 ? "" : ",", i / 10 * 10 - 10 + k);
  }
  return needs.empty() ? needs : fmt::format(",'needs':[{}]", needs);
}

}  // namespace

TEST_CASE("how long a thousand steps take", "[.bench]") {
  auto const durability = GENERATE(Durability::crash, Durability::power);
  ExecutorOptions options;
  options.max_parallel = 2;
  ExecutorWorld world(options, durability);
  auto const measure = [&](std::string const& name, std::string const& definition) {
    auto const begin = std::chrono::steady_clock::now();
    world.until_ended(world.submit(definition));
    auto const took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin);
    fmt::print("{:<6} {:<20} {:>8.1f} ms\n", durability == Durability::power ? "power" : "crash", name, took.count());
  };
  measure("1,000 side by side", graph(1000, side_by_side));
  measure("chain of 1,000", graph(1000, chain));
  measure("lattice of 10 x 100", graph(1000, lattice));
}
