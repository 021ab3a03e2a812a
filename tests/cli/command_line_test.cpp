#include <catch2/catch.hpp>

#include <CLI/CLI.hpp>

#include "cli/cli.hpp"
#include "cli/exit_code.hpp"

using namespace runcast;

namespace {

void add_probe(CLI::App& app, CommandAction& action) {
  app.add_subcommand("probe", "Exists for this test")->callback([&action] { action = [] { return 42; }; });
}

int run(std::vector<std::string> words) {
  words.insert(words.begin(), "runcast");
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return run_cli(static_cast<int>(words.size()), pointers.data(), {add_probe});
}

}  // namespace

TEST_CASE("a command that another folder adds runs, and its result is the exit code") { CHECK(run({"probe"}) == 42); }

TEST_CASE("help and version succeed") {
  CHECK(run({"--help"}) == exit_code::success);
  CHECK(run({"--version"}) == exit_code::success);
  for (auto const* command : {"validate", "submit", "follow", "logs", "runs", "show", "cancel", "rerun", "approve"}) {
    CHECK(run({command, "--help"}) == exit_code::success);
  }
}

TEST_CASE("a command line that cannot be understood is bad use") {
  CHECK(run({}) == exit_code::bad_use);
  CHECK(run({"sumbit"}) == exit_code::bad_use);
  CHECK(run({"submit"}) == exit_code::bad_use);
  CHECK(run({"submit", "--folow", "x"}) == exit_code::bad_use);
  CHECK(run({"--sumbit"}) == exit_code::bad_use);
  CHECK(run({"secrets"}) == exit_code::bad_use);
  CHECK(run({"follow", "RUN", "--level", "loud"}) == exit_code::bad_use);
  CHECK(run({"follow", "RUN", "--after", "1", "--tail", "1"}) == exit_code::bad_use);
  CHECK(run({"follow", "RUN", "--retry-for", "soon"}) == exit_code::bad_use);
  CHECK(run({"runs", "--limit", "0"}) == exit_code::bad_use);
  for (auto const* number : {"x", "-1", "1.5", "010", "0x10", "99999999999999999999", ""}) {
    CHECK(run({"follow", "RUN", "--after", number}) == exit_code::bad_use);
    CHECK(run({"follow", "RUN", "--tail", number}) == exit_code::bad_use);
  }
  for (auto const* name : {"a/b", "a b", "\xC3\xA9"}) {
    CHECK(run({"worker", "--type", "t", "--id", name, "--", "true"}) == exit_code::bad_use);
    CHECK(run({"worker", "--type", "t", "--machine", name, "--", "true"}) == exit_code::bad_use);
  }
  CHECK(run({"runs", "--server", "ftp://x"}) == exit_code::bad_use);
}

TEST_CASE("a file that is not there is bad use") {
  CHECK(run({"validate", "/nonexistent/file.yaml"}) == exit_code::bad_use);
  CHECK(run({"submit", "/nonexistent/file.yaml"}) == exit_code::bad_use);
}

TEST_CASE("where no server listens, a command says so by its exit code") {
  std::string const nowhere = "http://127.0.0.1:1";  // a port that nothing but a privileged service would have
  CHECK(run({"runs", "--server", nowhere}) == exit_code::no_server);
  CHECK(run({"follow", "01JD8Z5W3P4Q6R7S8T9VAWBXCY", "--server", nowhere}) == exit_code::no_server);
  CHECK(run({"logs", "01JD8Z5W3P4Q6R7S8T9VAWBXCY", "--server", nowhere}) == exit_code::no_server);
}
