#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "queue/pending_jobs.hpp"
#include "queue/requirements.hpp"

using namespace runcast;

namespace {

PendingJobs::Job job(std::string step, int priority = 0, int age = 0, std::string type = "t",
                     boost::json::object requirements = {}) {
  JobSpec spec;
  spec.key = {RunId::parse("01KAH0000000000000000000AB").value(), std::move(step)};
  spec.type = std::move(type);
  spec.priority = priority;
  spec.requirements = std::move(requirements);
  spec.submitted = from_epoch_ms(1000 - age);
  return std::make_shared<JobSpec const>(std::move(spec));
}

std::string take(PendingJobs& jobs, std::vector<std::string> const& types = {},
                 boost::json::object const& capabilities = {}) {
  auto const taken = jobs.take(types, capabilities);
  return taken ? taken->key.step : "none";
}

}  // namespace

TEST_CASE("the more important job goes first, and of equals the older one") {
  PendingJobs jobs;
  jobs.add(job("young", 1, 1));
  jobs.add(job("low", 0, 9));
  jobs.add(job("old", 1, 5));
  jobs.add(job("high", 2, 0));
  CHECK(take(jobs) == "high");
  CHECK(take(jobs) == "old");
  CHECK(take(jobs) == "young");
  CHECK(take(jobs) == "low");
  CHECK(take(jobs) == "none");
}

TEST_CASE("a worker gets jobs of its types, and such as it is able to do") {
  PendingJobs jobs;
  jobs.add(job("a", 0, 0, "render", {{"gpu", true}}));
  jobs.add(job("b", 0, 0, "mail"));
  CHECK(take(jobs, {"render"}) == "none");
  CHECK(take(jobs, {"other"}, {{"gpu", true}}) == "none");
  CHECK(take(jobs, {"render", "mail"}) == "b");
  CHECK(take(jobs, {"render"}, {{"gpu", true}}) == "a");
}

TEST_CASE("a job that nobody can do does not stand in the way of the next") {
  PendingJobs jobs;
  jobs.add(job("impossible", 9, 9, "t", {{"moon", true}}));
  jobs.add(job("possible"));
  CHECK(take(jobs) == "possible");
  CHECK(jobs.size() == 1);
}

TEST_CASE("a job that is removed is not given out") {
  PendingJobs jobs;
  auto const gone = job("gone", 5);
  jobs.add(gone);
  jobs.add(job("there"));
  jobs.remove(*gone);
  jobs.remove(*gone);
  CHECK(jobs.size() == 1);
  CHECK(take(jobs) == "there");
}

TEST_CASE("any mix of jobs goes out in the order of a plain sorted list") {
  std::mt19937 random(7);
  auto const below = [&](unsigned n) { return static_cast<int>(random() % n); };
  for (int round = 0; round < 50; ++round) {
    PendingJobs jobs;
    std::vector<PendingJobs::Job> all;
    for (int i = 0; i < 60; ++i) {
      boost::json::object needs;
      if (below(2)) needs["gpu"] = below(3);
      all.push_back(job(std::to_string(i), below(3), below(5), below(2) ? "a" : "b", needs));
      jobs.add(all.back());
    }
    while (!all.empty()) {
      std::vector<std::string> const types = below(2) ? std::vector<std::string>{"a"} : std::vector<std::string>{};
      boost::json::object const able{{"gpu", 1 + below(2)}};
      auto best = all.end();
      for (auto candidate = all.begin(); candidate != all.end(); ++candidate) {
        auto const& c = **candidate;
        if (!types.empty() && c.type != types[0]) continue;
        if (!satisfies(able, c.requirements)) continue;
        if (best == all.end() || std::tuple(-c.priority, c.submitted, c.key) <
                                     std::tuple(-(*best)->priority, (*best)->submitted, (*best)->key)) {
          best = candidate;
        }
      }
      REQUIRE(take(jobs, types, able) == (best == all.end() ? "none" : (*best)->key.step));
      if (best != all.end()) {
        all.erase(best);
      } else if (types.empty()) {
        break;
      }
    }
    REQUIRE(jobs.size() == all.size());
  }
}
