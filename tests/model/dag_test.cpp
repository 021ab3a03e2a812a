#include "model/dag.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

namespace {

using Ids = std::vector<StepIndex>;

Step step(std::string id, std::vector<std::string> needs = {}) {
  Step out;
  out.id = std::move(id);
  out.needs = std::move(needs);
  return out;
}

Ids listed(std::span<StepIndex const> steps) { return {steps.begin(), steps.end()}; }

}  // namespace

TEST_CASE("a step's layer is its longest path from a root") {
  Workflow workflow;
  workflow.steps = {step("deploy", {"unit", "lint"}), step("build"), step("unit", {"build"}), step("lint"),
                    step("tell", {"deploy", "build"})};
  auto const dag = Dag::build(workflow.steps);
  REQUIRE(dag.has_value());
  CHECK(dag->layers() == 4);
  CHECK(dag->layer(0) == 2);
  CHECK(dag->layer(3) == 0);
  CHECK(layer_ids(workflow, *dag) ==
        std::vector<std::vector<std::string>>{{"build", "lint"}, {"unit"}, {"deploy"}, {"tell"}});
  CHECK(listed(dag->order()) == Ids{1, 3, 2, 0, 4});
}

TEST_CASE("needs and dependents are the same edges, both ways") {
  Dag const dag(NeedLists{{}, {0}, {0, 1}});
  CHECK(listed(dag.needs(2)) == Ids{0, 1});
  CHECK(listed(dag.dependents(0)) == Ids{1, 2});
  CHECK(listed(dag.dependents(2)).empty());
}

TEST_CASE("a graph that is none is refused") {
  CHECK_FALSE(Dag::build(std::vector{step("a", {"b"})}).has_value());
  CHECK_FALSE(Dag::build(std::vector{step("a", {"a"})}).has_value());
  CHECK_FALSE(Dag::build(std::vector{step("a", {"b"}), step("b", {"a"})}).has_value());
}

TEST_CASE("no steps make no layers") {
  Dag const dag(NeedLists{});
  CHECK(dag.size() == 0);
  CHECK(dag.layers() == 0);
}

TEST_CASE("each group of steps that need each other gives its shortest cycle") {
  CHECK(find_cycles({{1}, {0}, {3}, {4}, {2}, {2, 0}}) == std::vector<Ids>{{0, 1}, {2, 3, 4}});
  CHECK(find_cycles({{1}, {2}, {3, 0}, {0}}) == std::vector<Ids>{{0, 1, 2}});
  // One cycle hangs below another: both are told.
  CHECK(find_cycles({{2, 1}, {0}, {3}, {2}}) == std::vector<Ids>{{0, 1}, {2, 3}});
  CHECK(find_cycles({{}, {0}, {0, 1}}).empty());
}

TEST_CASE("ten thousand steps in a chain, in a ring and in a fan are no trouble") {
  constexpr StepIndex count = 10'000;
  NeedLists chain(count);
  for (StepIndex i = 1; i < count; ++i) chain[i] = {i - 1};
  CHECK(find_cycles(chain).empty());
  Dag const long_one(chain);
  CHECK(long_one.layers() == count);
  CHECK(long_one.layer(count - 1) == count - 1);
  Ancestry const ancestry(long_one);
  CHECK(ancestry.needs(count - 1, 0));
  CHECK_FALSE(ancestry.needs(0, count - 1));

  chain[0] = {count - 1};
  auto const ring = find_cycles(chain);
  REQUIRE(ring.size() == 1);
  CHECK(ring.front().size() == count);

  NeedLists fan(count);
  for (StepIndex i = 1; i < count - 1; ++i) {
    fan[i] = {0};
    fan[count - 1].push_back(i);
  }
  CHECK(Dag(fan).layers() == 3);
}

TEST_CASE("ancestry knows needs of needs and nothing else") {
  Dag const dag(NeedLists{{}, {0}, {1}, {}});
  Ancestry const ancestry(dag);
  CHECK(ancestry.needs(2, 0));
  CHECK(ancestry.needs(2, 1));
  CHECK_FALSE(ancestry.needs(2, 2));
  CHECK_FALSE(ancestry.needs(2, 3));
  CHECK_FALSE(ancestry.needs(0, 2));
}
