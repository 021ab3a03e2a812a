#include "tests/executor/kill/victim.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

extern char** environ;

namespace runcast::testing {
namespace {

using Clock = std::chrono::steady_clock;

struct Started {
  pid_t pid;
  int output;
};

Started start(std::filesystem::path const& directory, std::string const& url) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  auto program = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "executor-kill-victim").string();
  auto first = directory.string();
  auto second = url;
  std::array<char*, 4> argv{program.data(), first.data(), second.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = 0;
  int const error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) throw std::runtime_error("posix_spawn " + program);
  return {pid, ends[0]};
}

// False: nothing more will come.
bool read_some(int fd, std::string& text) {
  std::array<char, 65536> buffer;
  auto const size = ::read(fd, buffer.data(), buffer.size());
  if (size <= 0) return false;
  text.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

std::vector<std::string> whole_lines(std::string const& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

Life live(std::filesystem::path const& directory, std::string const& url, std::optional<Millis> limit) {
  auto const victim = start(directory, url);
  auto const killed_at = Clock::now() + limit.value_or(std::chrono::minutes(5));
  std::string text;
  bool open = true;
  bool killed = false;
  while (open) {
    auto const left = std::chrono::ceil<Millis>(killed_at - Clock::now());
    if (!killed && left <= Millis{0}) {
      ::kill(victim.pid, SIGKILL);
      killed = true;
    }
    pollfd waiting{victim.output, POLLIN, 0};
    if (::poll(&waiting, 1, killed ? -1 : static_cast<int>(left.count())) > 0) open = read_some(victim.output, text);
  }
  ::close(victim.output);
  int status = 0;
  ::waitpid(victim.pid, &status, 0);
  Life life{whole_lines(text), {}};
  if (!killed) life.exit_status = status;
  return life;
}

}  // namespace runcast::testing
