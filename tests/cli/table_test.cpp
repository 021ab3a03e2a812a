#include <catch2/catch.hpp>

#include "cli/terminal/table.hpp"

using namespace runcast::cli;

namespace {

Table const table{{"STEP", "STATUS", "ERROR"},
                  {{"build", "succeeded", ""}, {"日本", "failed", "exit code 2, after a long time"}}};

}  // namespace

TEST_CASE("columns are as wide as their widest cell, and no line ends in spaces") {
  CHECK(layout(table, Style{}, 0) ==
        "STEP   STATUS     ERROR\n"
        "build  succeeded\n"
        "日本   failed     exit code 2, after a long time\n");
}

TEST_CASE("a table that is wider than the terminal is cut at its right edge") {
  CHECK(layout(table, Style{}, 24) ==
        "STEP   STATUS     ERROR\n"
        "build  succeeded\n"
        "日本   failed     exit …\n");
}

TEST_CASE("long names give way in a narrow terminal, so that what follows them is seen") {
  Table const named{{"RUN", "NAME", "STATUS", "BY"}, {{"01JD", "a-name-that-goes-on", "failed", "schedule"}}, 1};
  CHECK(layout(named, Style{}, 40) ==
        "RUN   NAME              STATUS  BY\n"
        "01JD  a-name-that-goe…  failed  schedule\n");
  CHECK(layout(named, Style{}, 30) ==
        "RUN   NAME        STATUS  BY\n"
        "01JD  a-name-th…  failed  sch…\n");
}

TEST_CASE("painted cells take no more room than their text") {
  Style const style{true, true};
  Table const painted{{"A", "B"}, {{style.paint(Paint::red, "x"), "y"}}};
  CHECK(layout(painted, style, 0) == "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mx\x1b[0m  y\n");
}
