#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>

#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

constexpr char const* dir_variable = "RUNCAST_TEST_CRASH_DIR";
constexpr int report_descriptor = 9;

// Every text that the child's sink was told of, from the child's report.
std::vector<std::string> told_until(int pipe, std::size_t bytes, pid_t child) {
  std::string report;
  std::array<char, 4096> chunk;
  bool killed = false;
  for (;;) {
    if (!killed && report.size() >= bytes) {
      ::kill(child, SIGKILL);
      killed = true;
    }
    auto const size = ::read(pipe, chunk.data(), chunk.size());
    if (size <= 0) break;
    report.append(chunk.data(), static_cast<std::size_t>(size));
  }
  std::vector<std::string> texts;
  for (std::size_t begin = 0;;) {
    auto const end = report.find('\n', begin);
    if (end == std::string::npos) return texts;
    texts.push_back(report.substr(begin, end - begin));
    begin = end + 1;
  }
}

// Starts this program again as the child below, kills it once it has told of so many bytes, and returns what it told.
std::vector<std::string> run_and_kill(std::filesystem::path const& dir, std::size_t bytes) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], report_descriptor);
  ::setenv(dir_variable, dir.c_str(), 1);
  std::string program = "store_tests";
  std::string test = "[crash-child]";
  char* arguments[] = {program.data(), test.data(), nullptr};
  pid_t child = 0;
  REQUIRE(::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  auto texts = told_until(ends[0], bytes, child);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return texts;
}

std::string run_in(std::string const& json) { return std::string(boost::json::parse(json).at("runId").as_string()); }

}  // namespace

TEST_CASE("writes until it is killed", "[.][crash-child]") {
  auto const store = open_store(std::getenv(dir_variable), Durability::crash);
  store->on_commit([](std::shared_ptr<Commit const> commit) -> Awaitable<void> {
    std::string report;
    for (auto const& run : commit->runs) {
      for (auto const& frame : run.segment->frames()) (report += run.segment->json(frame)) += '\n';
    }
    for (std::string_view rest = report; !rest.empty();) {
      auto const written = ::write(report_descriptor, rest.data(), rest.size());
      if (written <= 0) std::abort();
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    co_return;
  });
  auto runs = await(store->unfinished_runs()).value();
  while (runs.size() < 3) runs.push_back(create_run(*store));
  await([](Store& to, std::vector<RunId> all) -> Awaitable<> {
    for (std::size_t i = 0;; ++i) {
      (co_await to.post(all[i % all.size()], lines(1 + i % 7))).value();
      (co_await to.append(all[(i + 1) % all.size()], drafts(step_start("compile")))).value();
    }
  }(*store, runs));
}

TEST_CASE("what was told of before a kill is stored, unchanged, and the logs are whole") {
  TempDir dir;
  std::mt19937 random(20251120);
  std::map<std::string, std::map<std::int64_t, std::string>> told;
  for (int round = 0; round < 12; ++round) {
    for (auto& text : run_and_kill(dir.path(), 1 + random() % 60'000)) {
      auto const [place, fresh] = told[run_in(text)].emplace(number_in(text, "seq"), text);
      REQUIRE((fresh || place->second == text));
    }
  }
  auto const store = open_store(dir.path());
  REQUIRE(told.size() == 3);
  for (auto const& [run, events] : told) {
    auto const stored = texts(*store, RunId::parse(run).value());
    for (std::size_t i = 0; i < stored.size(); ++i) {
      REQUIRE(number_in(stored[i], "seq") == static_cast<std::int64_t>(i + 1));
    }
    for (auto const& [seq, text] : events) {
      REQUIRE(static_cast<std::size_t>(seq) <= stored.size());
      REQUIRE(stored[static_cast<std::size_t>(seq) - 1] == text);
    }
  }
}
