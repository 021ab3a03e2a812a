#include "feed/last_lines.hpp"

#include <catch2/catch.hpp>

#include "feed/system_state.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

TEST_CASE("the last lines of several steps are found in one pass, however far apart they lie") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = create_run(*store);
  append(*store, run, drafts(run_start(), line("early", "quiet"), step_start("quiet"), line("late", "quiet")));
  append(*store, run, lines(40'000));  // of the step `compile`
  append(*store, run, drafts(line("other", "quieter")));

  auto const found = await(read_last_lines(*store, run, {"compile", "quiet", "silent"})).value();
  CHECK(found.size() == 3);
  REQUIRE(found.at("compile").size() == SystemState::kept_lines);
  CHECK(found.at("compile").front().text == "line 39900");
  CHECK(found.at("compile").back().text == "line 39999");
  REQUIRE(found.at("quiet").size() == 2);
  CHECK(found.at("quiet").front().text == "early");
  CHECK(found.at("quiet").front().seq == 2);
  CHECK(found.at("quiet").back().text == "late");
  CHECK(found.at("quiet").back().seq == 4);
  CHECK(found.at("silent").empty());
}
