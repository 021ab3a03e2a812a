#include "handler/metric_text.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

TEST_CASE("metrics are written as Prometheus reads them") {
  MetricText text;
  text.family("runs", "gauge", "Runs by status.");
  text.sample(3, {{"status", "failed"}, {"name", "a \"b\"\\\n"}});
  text.sample(0.5);
  text.counter("commits_total", "Commits.", 1e15);
  CHECK(text.take() ==
        "# HELP runs Runs by status.\n# TYPE runs gauge\n"
        "runs{status=\"failed\",name=\"a \\\"b\\\"\\\\\\n\"} 3\nruns 0.5\n"
        "# HELP commits_total Commits.\n# TYPE commits_total counter\ncommits_total 1000000000000000\n");
}
