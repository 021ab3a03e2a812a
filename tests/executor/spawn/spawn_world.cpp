#include "spawn_world.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <thread>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>

namespace runcast {
namespace {

// Not by a stream: one throws where the process has ended between open and read.
std::string read_command_line(std::filesystem::path const& process) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> const file(std::fopen((process / "cmdline").c_str(), "r"),
                                                             std::fclose);
  std::string text(file ? 8192 : 0, '\0');
  if (file) text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

std::size_t count_matching(std::function<bool(std::string const&)> const& matches) {
  std::size_t count = 0;
  for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
    if (matches(read_command_line(entry.path()))) ++count;
  }
  return count;
}

}  // namespace

SpawnWorld::SpawnWorld(std::string instance, std::vector<std::string> helper)
    : spawner(context.get_executor(), {std::move(helper), std::move(instance)}), tasks_(context.get_executor()) {
  if (auto const started = spawner.start(); !started) throw std::runtime_error(started.error().message);
  tasks_.spawn(spawner.run());
}

SpawnWorld::~SpawnWorld() {
  tasks_.cancel();
  play([this] { return tasks_.join(); });
}

void SpawnWorld::play(std::function<Awaitable<>()> const& scene) {
  std::exception_ptr failure;
  context.restart();
  asio::co_spawn(context, scene(), [&](std::exception_ptr thrown) {
    failure = thrown;
    context.stop();
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

Outcome SpawnWorld::run(Command command) {
  Outcome outcome{fail(Errc::closed, "not run"), {}, {}};
  play([&]() -> Awaitable<> {
    auto process = co_await spawner.spawn(std::move(command));
    if (!process) {
      outcome.exit = process.error();
      co_return;
    }
    outcome.exit = co_await process->run(collect_into(outcome.out, outcome.err));
  });
  return outcome;
}

Command script(std::string text) {
  static int count = 0;
  Command command;
  command.script = std::move(text);
  command.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  command.attempt_id = fmt::format("attempt-{}", ++count);
  return command;
}

Command program(std::vector<std::string> argv) {
  auto command = script({});
  command.argv = std::move(argv);
  return command;
}

Awaitable<Process> must_spawn(Spawner& spawner, Command command) {
  auto process = co_await spawner.spawn(std::move(command));
  if (!process) throw std::runtime_error(process.error().message);
  co_return std::move(*process);
}

LineSink collect_into(std::vector<std::string>& out, std::vector<std::string>& err) {
  return [&](OutputStream stream, std::span<OutputLine const> lines) -> Awaitable<> {
    auto& kept = stream == OutputStream::out ? out : err;
    for (auto const& line : lines) kept.emplace_back(line.text);
    co_return;
  };
}

LineSink ignore_output() {
  return [](OutputStream, std::span<OutputLine const>) -> Awaitable<> { co_return; };
}

Awaitable<> sleep_for(Millis duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

std::string unique_sleep() {
  static int count = 0;
  return fmt::format("{}.{:06}", 100'000 + ::getpid(), ++count);
}

std::size_t count_processes(std::string const& text) {
  return count_matching([&](std::string const& command_line) { return command_line.find(text) != std::string::npos; });
}

std::size_t count_sleeps(std::string const& text) {
  auto const wanted = std::string("sleep") + '\0' + text + '\0';
  return count_matching([&](std::string const& command_line) { return command_line == wanted; });
}

bool is_alive(pid_t pid) { return !read_command_line(fmt::format("/proc/{}", pid)).empty(); }

bool eventually(std::function<bool()> const& condition) {
  for (int i = 0; i < 2'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(Millis{10});
  }
  return false;
}

std::size_t count_open_fds() {
  auto const fds = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(fds), end(fds)));
}

}  // namespace runcast
