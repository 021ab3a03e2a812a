#include "bench/common/options.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

namespace runcast::bench {

PeerOptions parse_peer_options(int argc, char** argv, std::string const& description) {
  PeerOptions options;
  CLI::App app(description);
  std::map<std::string, Mode> const modes{
      {"idle", Mode::idle}, {"saturated", Mode::saturated}, {"rate", Mode::rate}, {"burst", Mode::burst}};
  app.add_option("--port", options.port, "Port on 127.0.0.1")->required();
  app.add_option("--mode", options.mode, "How events are produced")->transform(CLI::CheckedTransformer(modes));
  app.add_option("--subscribers", options.subscribers, "Begin once so many have attached");
  app.add_option("--runs", options.runs, "Spread the events over so many runs");
  app.add_option("--rate", options.rate, "Events a second, in all");
  app.add_option("--messages", options.messages, "Events of a burst");
  app.add_option("--seconds", options.seconds, "How long to produce");
  app.add_option("--message-bytes", options.message_bytes, "Bytes of text in an event");
  app.add_option("--tick-us", options.tick_us, "Send no more often than this");
  app.add_option("--lifetime", options.lifetime, "End after so many seconds, whatever happens");
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    std::exit(app.exit(error));
  }
  std::signal(SIGPIPE, SIG_IGN);
  ::alarm(options.lifetime);
  raise_descriptor_limit();
  return options;
}

void announce_listening(std::uint16_t port) {
  std::printf("listening %u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace runcast::bench
