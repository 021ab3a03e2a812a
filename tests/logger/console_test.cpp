#include "logger/console.hpp"

#include <csignal>

#include <catch2/catch.hpp>

#include "tests/logger/pipe.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

Console::Options options(Pipe const& pipe, std::size_t bound = 1 << 20, Level minimum = Level::info) {
  return {.fd = pipe.writer(), .minimum = minimum, .bound_bytes = bound, .farewell = Millis(50)};
}

// Nothing else gets done while this is written: more than a pipe holds.
std::string const much(200'000, 'x');

// How many lines the text says were not written.
std::uint64_t told_in(std::string const& text) {
  std::string const note = " lines were not written here\n";
  std::uint64_t count = 0;
  for (auto at = text.find(note); at != text.npos; at = text.find(note, at + 1)) {
    count += std::stoull(text.substr(text.rfind(' ', at - 1)));
  }
  return count;
}

}  // namespace

TEST_CASE("a console line has its time, its level and one line of text") {
  std::string out;
  append_console_line(out, from_epoch_ms(1'763'682'352'123), Level::warn, "two\nlines");
  CHECK(out == "2025-11-20T23:45:52.123Z warn  two lines\n");
}

TEST_CASE("what is logged is written in order, from the minimum level on") {
  Pipe pipe;
  Console console(options(pipe));
  console.log(Level::debug, "quiet");
  console.log(Level::info, "first");
  console.log(Level::error, "last");
  auto const text = pipe.read_until("last\n");
  CHECK(text.find("quiet") == text.npos);
  CHECK(text.find("info  first\n") < text.find("error last\n"));
}

TEST_CASE("what waits at the end is written in the farewell") {
  Pipe pipe;
  {
    Console console(options(pipe));
    for (int i = 0; i < 100; ++i) console.log(Level::info, "line " + std::to_string(i));
  }
  pipe.close_writer();
  CHECK(pipe.read_until("never").find("line 99\n") != std::string::npos);
}

TEST_CASE("a console that nobody reads drops lines, says how many, and holds nobody up") {
  Pipe pipe;
  Console console(options(pipe, 1000));
  console.offer(1, 1, [](std::string& out) { out += much + "\n"; });
  for (int i = 0; i < 1000; ++i) console.log(Level::info, "a line of some length");
  auto const dropped = console.dropped();
  CHECK(dropped > 900);
  std::string text;
  while (told_in(text) < dropped) text += pipe.read_some();
  CHECK(told_in(text) == dropped);
}

TEST_CASE("one thing that is larger than the bound is written all the same") {
  Pipe pipe;
  Console console(options(pipe, 10));
  CHECK(console.offer(1, much.size(), [](std::string& out) { out += much + "end\n"; }));
  CHECK(pipe.read_until("end\n").size() == much.size() + 4);
}

TEST_CASE("a reader that has gone, or sleeps, does not keep the console from ending") {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe gone;
  Pipe asleep;
  {
    Console first(options(gone));
    Console second(options(asleep));
    gone.close_reader();
    first.log(Level::info, "x");
    second.offer(1, 1, [](std::string& out) { out += much; });
  }
  SUCCEED("both ended");
}
