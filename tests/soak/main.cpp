// stream-witness PORT SECONDS FOLLOWERS SEED RUN...: so many followers of each run, every fourth with a filter, until
// all have seen their run's end. Prints what they have seen as JSON; fails where anything was wrong, or not all have
// ended.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "tests/soak/wanderer.hpp"

int main(int argc, char** argv) {
  using namespace runcast::soak;
  if (argc < 6) return 2;
  auto const port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  auto const end = Wanderer::Clock::now() + std::chrono::seconds(std::atoi(argv[2]));
  int const followers = std::atoi(argv[3]);
  auto seed = static_cast<std::uint32_t>(std::atoi(argv[4]));
  std::signal(SIGPIPE, SIG_IGN);

  Tally tally;
  std::vector<Record> records(static_cast<std::size_t>(argc - 5));
  std::vector<Wanderer> wanderers;
  for (std::size_t run = 0; run < records.size(); ++run) {
    for (int i = 0; i < followers; ++i) {
      wanderers.emplace_back(port, argv[5 + run], i % 4 == 3, records[run], tally, seed++);
    }
  }
  std::size_t left = wanderers.size();
  for (auto now = Wanderer::Clock::now(); left > 0 && now < end; now = Wanderer::Clock::now()) {
    auto const before = tally.deliveries;
    left = 0;
    for (auto& wanderer : wanderers) {
      wanderer.turn(now);
      left += !wanderer.done();
    }
    if (tally.deliveries == before) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::uint64_t incomplete = 0;
  std::uint64_t events = 0;
  for (auto const& wanderer : wanderers) incomplete += !wanderer.complete();
  for (auto const& record : records) events += record.events();
  fmt::print(R"({{"followers":{},"runs":{},"events":{},"deliveries":{},"resumes":{},"cuts":{},"stalls":{},)"
             R"("refused":{},"faults":{},"incomplete":{},"unfinished":{}}})"
             "\n",
             wanderers.size(), records.size(), events, tally.deliveries, tally.resumes, tally.cuts, tally.stalls,
             tally.refused, tally.faults, incomplete, left);
  return tally.faults == 0 && incomplete == 0 && left == 0 ? 0 : 1;
}
