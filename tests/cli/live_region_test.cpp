#include <catch2/catch.hpp>

#include "cli/terminal/live_region.hpp"

using namespace runcast::cli;

TEST_CASE("the first drawing stands where the cursor is") {
  LiveRegion region;
  CHECK(region.draw("log\n", {"one", "two"}, 80) == "log\none\ntwo");
}

TEST_CASE("a drawing takes the place of the one before, with new lines of log above it") {
  LiveRegion region;
  region.draw("", {"one", "two", "three"}, 80);
  CHECK(region.draw("log\n", {"four"}, 80) == "\r\x1b[2A\x1b[Jlog\nfour");
  CHECK(region.draw("", {"five"}, 80) == "\r\x1b[Jfive");
}

TEST_CASE("lines that a narrower terminal has wrapped are cleared with all their rows") {
  LiveRegion region;
  region.draw("", {std::string(50, 'x'), "short"}, 80);
  CHECK(region.draw("", {"y"}, 20) == "\r\x1b[3A\x1b[Jy");
}

TEST_CASE("colours and wide characters count as what they show") {
  LiveRegion region;
  region.draw("", {"\x1b[31m" + std::string(20, 'x') + "\x1b[0m", "日本"}, 20);
  CHECK(region.draw("", {"y"}, 20) == "\r\x1b[1A\x1b[Jy");
}

TEST_CASE("what is left standing is followed by a new line, if there is anything") {
  LiveRegion region;
  CHECK(region.leave().empty());
  region.draw("", {"one"}, 80);
  CHECK(region.leave() == "\n");
  CHECK(region.draw("", {"two"}, 80) == "two");
}
