#include <csignal>
#include <cstdio>
#include <exception>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "bench/common/options.hpp"
#include "bench/load/load.hpp"
#include "bench/load/report.hpp"

namespace {

using runcast::bench::LoadOptions;

LoadOptions parse(int argc, char** argv) {
  LoadOptions options;
  unsigned lifetime = 120;
  CLI::App app("WebSocket subscribers that check what they get and measure the server that sends it");
  std::map<std::string, LoadOptions::Task> const tasks{{"receive", LoadOptions::Task::receive},
                                                       {"drain", LoadOptions::Task::drain},
                                                       {"idle", LoadOptions::Task::idle},
                                                       {"handshake", LoadOptions::Task::handshake}};
  app.add_option("--port", options.port, "Port on 127.0.0.1")->required();
  app.add_option("--task", options.task, "What to do")->transform(CLI::CheckedTransformer(tasks));
  app.add_option("--path", options.path, "Path to upgrade at; {} is the number of the run");
  app.add_option("--subscribers", options.subscribers, "Connections");
  app.add_option("--runs", options.runs, "Runs that they are spread over")->check(CLI::PositiveNumber);
  app.add_option("--in-flight", options.in_flight, "Unanswered handshakes at a time")->check(CLI::PositiveNumber);
  app.add_option("--warmup", options.warmup, "Seconds before the window that is measured");
  app.add_option("--seconds", options.seconds, "Length of the window");
  app.add_option("--quiet", options.quiet, "Seconds without an event after which none is expected");
  app.add_option("--messages", options.messages, "Events that each subscriber of a drain must get");
  app.add_option("--after", options.after, "The seq that every subscriber has seen already");
  app.add_option("--clock-key", options.clock_key, "Text before the digits of the producer's clock");
  app.add_option("--clock-unit-ns", options.clock_unit_ns, "Nanoseconds of one unit of that clock");
  app.add_flag("--deflate", options.deflate, "Offer permessage-deflate");
  app.add_option("--server", options.servers, "Processes to measure")->delimiter(',');
  app.add_option("--lifetime", lifetime, "End after so many seconds, whatever happens");
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    std::exit(app.exit(error));
  }
  ::alarm(lifetime);
  return options;
}

void tell(std::string const& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace runcast::bench;
  LoadOptions const options = parse(argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  try {
    Load load(options);
    tell(report(options, load.run([] { tell("ready"); })));
  } catch (std::exception const& error) {
    std::fprintf(stderr, "hub-load: %s\n", error.what());
    return 1;
  }
}
