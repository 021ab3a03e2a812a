#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "executor/replay.hpp"
#include "model/definition.hpp"
#include "tests/executor/http/tiny_server.hpp"
#include "tests/executor/kill/victim.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

// Servers die by SIGKILL at random moments, one after the other, until the last of them ends their common work. Then
// what clients saw, what is stored and what was done are held against each other.
namespace {

class Round {
 public:
  explicit Round(unsigned seed)
      : random_(seed), server_([](std::string const&) { return http_answer("200 OK", "hello"); }) {}

  // Returns how often a server was killed.
  int run(int kills) {
    int killed = 0;
    for (; killed < kills; ++killed) {
      auto const life = live(dir_.path(), server_.url("/"), Millis(10 + random_() % 150));
      take(life);
      if (life.exit_status) break;
    }
    auto const last = live(dir_.path(), server_.url("/"), std::nullopt);
    REQUIRE(last.exit_status == 0);
    take(last);
    check();
    return killed;
  }

 private:
  // What one connection sees is in order, and without a gap.
  void take(Life const& life) {
    std::map<std::string, std::int64_t> last;
    for (auto const& line : life.seen) {
      auto const event = boost::json::parse(line).as_object();
      std::string const run(event.at("runId").as_string());
      auto const seq = event.at("seq").as_int64();
      if (last.contains(run)) REQUIRE(seq == last[run] + 1);
      last[run] = seq;
      REQUIRE(seen_[run].emplace(seq, line).first->second == line);
    }
  }

  void check() {
    auto const store = open_store(dir_.path(), Durability::crash);
    auto const page = await(store->runs(RunQuery())).value();
    std::map<std::string, std::vector<RunRow>> by_name;
    for (auto const& row : page.items) by_name[row.workflow].push_back(row);
    REQUIRE(by_name["kinds"].size() == 1);
    REQUIRE(by_name["layers"].size() == 1);
    REQUIRE(by_name["fates"].size() == 1);
    REQUIRE(by_name["child"].size() == 1);
    for (auto const& row : page.items) {
      CHECK(row.status == (row.workflow == "fates" ? RunStatus::failed : RunStatus::succeeded));
      check_log(*store, row);
    }
    check_fates(*store, by_name["fates"].front().id);
    check_effects();
  }

  void check_log(Store& store, RunRow const& row) {
    auto const texts = await(store.read_events(row.id, 0, 1'000'000)).value();
    REQUIRE(texts.size() == row.last_seq);
    std::vector<Event> log;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      auto event = decode_event(texts[i]).value();
      REQUIRE(event.seq == i + 1);
      if (i > 0) {
        REQUIRE(event.id > log.back().id);
        REQUIRE(event.time >= log.back().time);
      }
      log.push_back(std::move(event));
    }
    for (auto const& [seq, line] : seen_[row.id.str()]) {
      REQUIRE(static_cast<std::size_t>(seq) <= texts.size());
      REQUIRE(line == texts[static_cast<std::size_t>(seq) - 1]);
    }
    auto const document = await(store.run_document(row.id)).value();
    auto const workflow = std::make_shared<Workflow const>(parse_definition_text(document.definition_json).value());
    auto const difference = replay(row.id, std::make_shared<Plan const>(workflow), log);
    if (difference) FAIL(difference->seq << "\n" << difference->decided << "\n" << difference->logged);
    for (auto const& event : log) {
      if (auto const* start = std::get_if<events::StepStart>(&event.payload)) {
        started_.insert(fmt::format("{} {} {}", row.id.str(), start->step_id, start->attempt));
      }
    }
  }

  static void check_fates(Store& store, RunId run) {
    std::map<std::string, StepStatus> ends;
    for (auto const& event : await(store.read_lifecycle(run)).value()) {
      if (auto const* end = std::get_if<events::StepComplete>(&event.payload)) ends[end->step_id] = end->status;
    }
    CHECK(ends == std::map<std::string, StepStatus>{{"flaky", StepStatus::succeeded},
                                                    {"bad", StepStatus::failed},
                                                    {"worse", StepStatus::failed},
                                                    {"skipped", StepStatus::skipped},
                                                    {"alarm", StepStatus::succeeded},
                                                    {"sweep", StepStatus::succeeded}});
  }

  // No attempt ran twice, and none that the log does not know.
  void check_effects() {
    std::ifstream file(dir_ / "ran");
    std::set<std::string> ran;
    for (std::string line; std::getline(file, line);) {
      CAPTURE(line);
      REQUIRE(ran.insert(line).second);
      REQUIRE(started_.contains(line));
    }
  }

  std::mt19937 random_;
  TempDir dir_;
  TinyServer server_;
  std::map<std::string, std::map<std::int64_t, std::string>> seen_;  // by run and seq
  std::set<std::string> started_;
};

}  // namespace

TEST_CASE("whenever a server is killed, nothing that was seen changes, and each run ends as it would have") {
  // A quick machine ends a round before many kills have come.
  constexpr int enough = 10;
  int kills = 0;
  for (unsigned round = 1; kills < enough && round <= 50; ++round) kills += Round(round).run(20);
  CHECK(kills >= enough);
}

// ./kill_tests '[.long]', for RUNCAST_KILL_SECONDS (600): one round after the other.
TEST_CASE("servers are killed for as long as was asked for", "[.long]") {
  auto const* seconds = std::getenv("RUNCAST_KILL_SECONDS");
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds ? std::atoi(seconds) : 600);
  int kills = 0;
  unsigned rounds = 0;
  while (std::chrono::steady_clock::now() < end) {
    CAPTURE(rounds);
    kills += Round(1000 + rounds++).run(50);
  }
  fmt::print("{} servers killed in {} rounds, without a violation\n", kills, rounds);
}
