#include "model/names.hpp"

#include <catch2/catch.hpp>

#include "model/suggest.hpp"

using namespace runcast;

TEST_CASE("workflow names may have points and dashes, but not be words of the API") {
  for (auto const* good : {"a", "9-to-5", "release_1.2", "Runs"}) CHECK(is_workflow_name(good));
  for (auto const* bad : {"", "-a", ".a", "a b", "a/b", "runs", "validate", "\xc3\xa4"})
    CHECK_FALSE(is_workflow_name(bad));
  CHECK(is_workflow_name(std::string(128, 'a')));
  CHECK_FALSE(is_workflow_name(std::string(129, 'a')));
}

TEST_CASE("step names begin with a letter or underscore") {
  for (auto const* good : {"a", "_", "unit-test_2"}) CHECK(is_step_name(good));
  for (auto const* bad : {"", "1a", "-a", "a.b", "a[0]"}) CHECK_FALSE(is_step_name(bad));
  CHECK(is_step_name(std::string(64, 'a')));
  CHECK_FALSE(is_step_name(std::string(65, 'a')));
}

TEST_CASE("a worker's name is short and plain") {
  for (auto const* good : {"host-1.example:7@a_b", "7", "@"}) CHECK(is_worker_name(good));
  for (auto const* bad : {"", "a b", "a/b", "\xC3\xA9"}) CHECK_FALSE(is_worker_name(bad));
  CHECK(is_worker_name(std::string(128, 'x')));
  CHECK_FALSE(is_worker_name(std::string(129, 'x')));
}

TEST_CASE("a misspelt word finds the nearest one, and a strange one finds none") {
  std::vector<std::string_view> const words{"needs", "name", "timeout", "workingDirectory", "run"};
  Suggester suggester;
  CHECK(suggester.nearest("need", words) == "needs");
  CHECK(suggester.nearest("nedes", words) == "needs");
  CHECK(suggester.nearest("TimeOut", words) == "timeout");
  CHECK(suggester.nearest("working_dir", words) == std::nullopt);
  CHECK(suggester.nearest("working_directory", words) == "workingDirectory");
  CHECK(suggester.nearest("rnu", words) == "run");
  CHECK(suggester.nearest("xyz", words) == std::nullopt);
  CHECK(suggester.nearest("", words) == std::nullopt);
  CHECK(suggester.nearest(std::string(1000, 'n'), words) == std::nullopt);
  CHECK(suggester.hint("rnu", words) == "; did you mean 'run'?");
}

TEST_CASE("a suggester stops when it has looked at enough") {
  std::vector<std::string_view> const words(60'000, "needs");
  Suggester suggester;
  CHECK(suggester.nearest("need", words) == "needs");
  CHECK(suggester.nearest("need", words) == std::nullopt);
}
