#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "tests/cli/run_events.hpp"

#include "cli/follow/run_view_text.hpp"
#include "cli/terminal/text.hpp"

using namespace runcast;
using namespace runcast::cli;

namespace {

Timestamp at(std::int64_t ms) { return from_epoch_ms(ten_o_clock + ms); }

RunView view_of(std::size_t events) {
  RunView view;
  auto const run = example_run();
  for (std::size_t i = 0; i < events; ++i) view.apply(run[i]);
  return view;
}

std::string drawn(RunView const& view, std::int64_t now_ms, TerminalSize size = {80, 24}, Style style = {}) {
  return fmt::format("{}\n", fmt::join(render(view, at(now_ms), size, style), "\n"));
}

// A run of `layers` layers with `steps` steps each, those of the first layer running.
RunView wide_run(std::size_t layers, std::size_t steps) {
  std::vector<std::vector<std::string>> names(layers);
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t i = 0; i < steps; ++i) names[layer].push_back(fmt::format("s{}-{}", layer, i));
  }
  RunView view;
  view.apply(make_event(0, events::RunStart{"wide", 1, {}, names, "api"}));
  for (auto const& name : names[0]) view.apply(make_event(0, events::StepStart{name, name, StepKind::run, 0, 1, {}}));
  return view;
}

}  // namespace

TEST_CASE("a run under way, drawn") {
  CHECK(drawn(view_of(5), 1'900) ==
        "release running ░░░░░░░░░░░░░░░░░░░░ 0/3  1s\n"
        "layer 1\n"
        "  ● Build it  1s  ████░░░░░░ 42 %  linking\n"
        "layer 2\n"
        "  ○ unit\n"
        "  ○ gate\n");
}

TEST_CASE("a step that waits to be tried again says so") {
  CHECK(drawn(view_of(8), 3'500) ==
        "release running ███████░░░░░░░░░░░░░ 1/3  3s\n"
        "layer 1\n"
        "  ✓ Build it  1.9s\n"
        "layer 2\n"
        "  ○ unit      attempt 1: failed; again in 1s\n"
        "  ○ gate\n");
}

TEST_CASE("a run that has ended, drawn without glyphs") {
  CHECK(drawn(view_of(12), 99'000, {80, 24}, {false, false}) ==
        "release failed #################### 3/3  5s\n"
        "layer 1\n"
        "  + Build it  1.9s\n"
        "layer 2\n"
        "  x unit      #2  1s  exit code 2\n"
        "  - gate      a step that it needs has failed\n");
}

TEST_CASE("no line is as wide as the terminal, however narrow that is") {
  auto const view = view_of(5);
  for (std::size_t columns : {1, 2, 5, 20, 39}) {
    for (auto const& line : render(view, at(1'900), {columns, 24}, Style{true, true})) {
      CHECK(display_width(line) <= std::max<std::size_t>(columns, 2) - 1);
    }
  }
}

TEST_CASE("where not all steps fit, layers stand in short with the steps that matter") {
  auto view = wide_run(3, 10);
  for (int i = 0; i < 8; ++i) {
    view.apply(
        make_event(9, events::StepComplete{fmt::format("s0-{}", i), StepStatus::succeeded, 1, {}, 0, {}, {}, {}, {}}));
  }
  CHECK(drawn(view, 5'000, {80, 8}) ==
        "wide running █████░░░░░░░░░░░░░░░ 8/30  5s\n"
        "layer 1  2 running, 8 succeeded\n"
        "  ● s0-8  5s\n"
        "  ● s0-9  5s\n"
        "layer 2  10 pending\n"
        "layer 3  10 pending\n");
}

TEST_CASE("ten thousand steps are told in a few lines") {
  auto const view = wide_run(100, 100);
  CHECK(drawn(view, 5'000, {80, 6}) ==
        "wide running ░░░░░░░░░░░░░░░░░░░░ 0/10000  5s\n"
        "  100 running, 9900 pending\n"
        "  ● s0-0    5s\n"
        "  ● s0-1    5s\n"
        "  ● s0-2    5s\n"
        "  and 97 more\n");
}

TEST_CASE("a view is never taller than it may be") {
  auto const small = view_of(8);
  auto const large = wide_run(100, 100);
  for (std::size_t rows = 1; rows < 30; ++rows) {
    CHECK(render(small, at(0), {80, rows}, {}).size() <= rows);
    CHECK(render(large, at(0), {80, rows}, {}).size() <= rows);
  }
}

TEST_CASE("a clock that is behind the server's shows no negative time") {
  CHECK(drawn(view_of(2), -60'000).find('-') == std::string::npos);
}

TEST_CASE("a matrix step shows its instances in its layer") {
  RunView view;
  view.apply(make_event(0, events::RunStart{"m", 1, {}, {{"shards"}, {"last"}}, "api"}));
  view.apply(make_event(0, events::MatrixExpanded{"shards", {{}, {}}}));
  view.apply(make_event(0, events::StepStart{"shards[1]", "shards[1]", StepKind::run, 0, 1, {}}));
  CHECK(drawn(view, 2'000) ==
        "m running ░░░░░░░░░░░░░░░░░░░░ 0/4  2s\n"
        "layer 1\n"
        "  ● shards     2s  2 instances\n"
        "  ○ shards[0]\n"
        "  ● shards[1]  2s\n"
        "layer 2\n"
        "  ○ last\n");
}

TEST_CASE("a late follower's view begins with what the server knows of the run") {
  RunView view;
  view.seed(boost::json::parse(R"({"id":"x","workflow":"release","status":"running","startedAt":1763632800000,"steps":[
      {"id":"build","name":"Build it","layer":0,"status":"succeeded","attempt":1,"durationMs":1990},
      {"id":"unit","layer":1,"status":"running","attempt":2,"startedAt":1763632804000}]})")
                .as_object());
  CHECK(drawn(view, 5'000) ==
        "release running ██████████░░░░░░░░░░ 1/2  5s\n"
        "layer 1\n"
        "  ✓ Build it  1.9s\n"
        "layer 2\n"
        "  ● unit      #2  1s\n");
}

TEST_CASE("a server's answer of whatever shape does no harm") {
  RunView view;
  view.seed(
      boost::json::parse(R"({"steps":[1,{"layer":99999999999},{"id":5,"status":"odd","layer":-3}]})").as_object());
  CHECK(view.layers().size() <= 10'001);
}

TEST_CASE("names and errors cannot act on the terminal") {
  RunView view;
  view.apply(make_event(0, events::RunStart{"a\x1b[2J", 1, {}, {{"s"}}, "api"}));
  view.apply(make_event(0, events::StepStart{"s", "\x1b]0;t\x07name", StepKind::run, 0, 1, {}}));
  view.apply(make_event(0, events::StepComplete{"s", StepStatus::failed, 1, {}, 1, {}, "e\x1b[31m\x07", {}, {}}));
  CHECK(drawn(view, 0).find('\x1b') == std::string::npos);
}
