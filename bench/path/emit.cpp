// The command of the step whose lines the whole path carries: hub-emit GATE CORE FLAGS... waits until the file GATE is
// there, moves to the core CORE, so that the server has its own to itself, and prints lines that begin with the time at
// which they were due, as the peers' events do.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include "bench/common/options.hpp"
#include "bench/common/schedule.hpp"
#include "bench/common/wall_clock.hpp"

namespace runcast::bench {
namespace {

constexpr std::size_t most_at_once = 64 * 1024;  // a pipe's usual size

void move_to(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::sched_setaffinity(0, sizeof(cores), &cores);
}

bool print(std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    ssize_t const size = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (size < 0) return false;  // nobody listens any more
    done += static_cast<std::size_t>(size);
  }
  text.clear();
  return true;
}

void emit(PeerOptions const& options) {
  if (options.mode == Mode::idle) ::pause();
  Schedule schedule(options);
  std::string const padding(options.message_bytes > 20 ? options.message_bytes - 20 : 0, '.');
  std::string text;
  std::uint64_t produced = 0;
  schedule.start(wall_clock_ns());
  for (std::int64_t now; !schedule.finished(produced, now = wall_clock_ns());) {
    for (std::uint64_t const due = schedule.due(now); produced < due && text.size() < most_at_once; ++produced) {
      fmt::format_to(std::back_inserter(text), "{} {}\n", schedule.due_time(produced, now), padding);
    }
    if (!print(text)) return;
    std::int64_t const left = schedule.due_time(produced, now) - wall_clock_ns();
    timespec const pause{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
    if (left > 0) ::nanosleep(&pause, nullptr);
  }
}

}  // namespace
}  // namespace runcast::bench

int main(int argc, char** argv) {
  using namespace runcast::bench;
  if (argc < 3) return 2;
  PeerOptions const options = parse_peer_options(argc - 2, argv + 2, "Prints the lines of the bench");
  move_to(std::atoi(argv[2]));
  while (::access(argv[1], F_OK) != 0) ::usleep(5'000);
  emit(options);
}
