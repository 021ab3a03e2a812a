#include "executor/spawn/attempt_marks.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <memory>

#include <fmt/format.h>

#include "executor/spawn/command.hpp"

namespace runcast {
namespace {

constexpr int serial_bits = 32;

// FNV-1a, its low 31 bits: a mark stays below RLIM_INFINITY.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037U;
  for (unsigned char c : text) value = (value ^ c) * 1099511628211U;
  return value & 0x7FFFFFFF;
}

std::optional<pid_t> parse_pid(std::string_view text) {
  pid_t pid = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return pid;
}

rlim_t lock_ceiling() {
  rlimit limit{};
  ::getrlimit(RLIMIT_LOCKS, &limit);
  return limit.rlim_max;
}

template <class Visit>
void for_each_process(Visit visit) {
  std::unique_ptr<DIR, int (*)(DIR*)> const proc(::opendir("/proc"), ::closedir);
  if (!proc) return;
  while (auto const* entry = ::readdir(proc.get())) {
    if (auto const pid = parse_pid(entry->d_name)) visit(*pid);
  }
}

std::string read_from_start(int fd) {
  std::string content;
  for (;;) {
    auto const size = content.size();
    content.resize(size + 4096);
    auto const n = ::pread(fd, content.data() + size, content.size() - size, static_cast<off_t>(size));
    content.resize(size + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n <= 0) return content;
  }
}

std::string read_proc(pid_t pid, char const* file) {
  OwnedFd const fd(::open(fmt::format("/proc/{}/{}", pid, file).c_str(), O_RDONLY | O_CLOEXEC));
  return fd ? read_from_start(fd.get()) : std::string();
}

struct ProcessState {
  char letter;
  pid_t parent;
};

// From /proc/PID/stat, whose second field is a name that may hold anything.
std::optional<ProcessState> read_state(pid_t pid) {
  auto const text = read_proc(pid, "stat");
  auto const name_end = text.rfind(')');
  if (name_end == text.npos || text.size() < name_end + 5) return std::nullopt;
  auto const parent = std::string_view(text).substr(name_end + 4);
  auto const parsed = parse_pid(parent.substr(0, parent.find(' ')));
  if (!parsed) return std::nullopt;
  return ProcessState{text[name_end + 2], *parsed};
}

// Signals `pid` if `still_meant` holds while a pidfd pins the process: a pid that was reused in between is never hit.
template <class Predicate>
void signal_pinned(pid_t pid, int signal, Predicate still_meant) {
  OwnedFd const pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (pidfd && still_meant()) ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
}

}  // namespace

AttemptMarks::AttemptMarks(std::string instance)
    : base_(hash(instance) << serial_bits),
      ceiling_(lock_ceiling()),
      variable_(fmt::format("{}={}/", attempt_variable, instance)) {}

bool AttemptMarks::set(wire::Serial serial) const {
  rlimit const mark{base_ | serial, ceiling_};
  return ::setrlimit(RLIMIT_LOCKS, &mark) == 0;
}

std::optional<wire::Serial> AttemptMarks::read(pid_t pid) const {
  rlimit mark{};
  if (::prlimit(pid, RLIMIT_LOCKS, nullptr, &mark) != 0) return std::nullopt;
  if (mark.rlim_cur >> serial_bits != base_ >> serial_bits) return std::nullopt;
  return static_cast<wire::Serial>(mark.rlim_cur);
}

std::optional<std::string> AttemptMarks::read_environment(pid_t pid) const {
  auto const environment = read_proc(pid, "environ");
  for (std::string_view rest = environment; !rest.empty();) {
    auto const entry = rest.substr(0, rest.find('\0'));
    if (entry.starts_with(variable_)) return std::string(entry.substr(variable_.size()));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
  }
  return std::nullopt;
}

void AttemptMarks::signal(wire::Serial serial, int signal) const {
  auto const self = ::getpid();
  for_each_process([&](pid_t pid) {
    auto const marked = [&] { return read(pid) == serial; };
    if (pid != self && marked()) signal_pinned(pid, signal, marked);
  });
}

std::uint32_t AttemptMarks::kill_instance() const {
  std::uint32_t found = 0;
  auto const self = ::getpid();
  auto const parent = ::getppid();
  for_each_process([&](pid_t pid) {
    auto const meant = [&] { return read(pid).has_value() || read_environment(pid).has_value(); };
    if (pid == self || pid == parent || !meant()) return;
    auto const state = read_state(pid);
    if (!state || state->letter == 'Z' || state->letter == 'X') return;
    ++found;
    signal_pinned(pid, SIGKILL, meant);
  });
  return found;
}

OwnChildren::OwnChildren()
    : file_(::open(fmt::format("/proc/self/task/{}/children", ::getpid()).c_str(), O_RDONLY | O_CLOEXEC)) {}

std::vector<pid_t> OwnChildren::list() const {
  std::vector<pid_t> children;
  if (file_) {
    auto const text = read_from_start(file_.get());
    for (auto rest = std::string_view(text); !rest.empty();) {
      auto const word = rest.substr(0, rest.find(' '));
      if (auto const pid = parse_pid(word)) children.push_back(*pid);
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
    return children;
  }
  auto const self = ::getpid();
  for_each_process([&](pid_t pid) {
    auto const state = read_state(pid);
    if (state && state->parent == self) children.push_back(pid);
  });
  return children;
}

}  // namespace runcast
