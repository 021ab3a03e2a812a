#include "executor/spawn/launch.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "executor/spawn/plain_words.hpp"

namespace runcast {
namespace {

// What a shell looks through where no PATH is set.
constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Error system_error(int error, std::string const& what) {
  auto const code = error == ENOENT || error == ENOTDIR         ? Errc::not_found
                    : error == EACCES || error == EPERM         ? Errc::forbidden
                    : error == E2BIG                            ? Errc::too_large
                    : error == EAGAIN || error == ENOMEM        ? Errc::busy
                    : error == EMFILE || error == ENFILE        ? Errc::busy
                    : error == ENAMETOOLONG || error == ENOEXEC ? Errc::invalid
                                                                : Errc::io;
  return fail(code, fmt::format("{}: {}", what, std::strerror(error)));
}

// AT_FDCWD for the helper's own directory.
struct Directory {
  OwnedFd owned;
  int fd() const { return owned ? owned.get() : AT_FDCWD; }
};

Result<Directory> open_directory(std::string const& path) {
  if (path.empty()) return Directory{};
  Directory directory{OwnedFd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))};
  if (!directory.owned || ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) {
    auto const error = errno;
    return system_error(error, fmt::format("working directory {}", path));
  }
  return directory;
}

std::string_view path_of(std::vector<std::string> const& env) {
  for (std::string_view entry : env) {
    if (entry.starts_with("PATH=")) return entry.substr(5);
  }
  return default_path;
}

// The program that `name` stands for, as execvp(3) finds it, but through the command's own PATH and from its own
// working directory.
Result<std::string> find_program(std::string const& name, std::vector<std::string> const& env, int directory) {
  if (name.empty()) return fail(Errc::invalid, "the command's name is empty");
  if (name.find('/') != name.npos) return name;
  bool forbidden = false;
  auto path = path_of(env);
  for (bool more = true; more;) {
    auto const colon = path.find(':');
    more = colon != path.npos;
    auto const folder = path.substr(0, colon);
    path.remove_prefix(more ? colon + 1 : path.size());
    auto candidate = folder.empty() ? "./" + name : fmt::format("{}/{}", folder, name);
    struct stat status{};
    if (::fstatat(directory, candidate.c_str(), &status, 0) != 0 || !S_ISREG(status.st_mode)) continue;
    if (::faccessat(directory, candidate.c_str(), X_OK, AT_EACCESS) == 0) return candidate;
    forbidden = true;
  }
  if (forbidden) return fail(Errc::forbidden, fmt::format("not executable: {}", name));
  return fail(Errc::not_found, fmt::format("no such command: {}", name));
}

Error exec_error(int error, std::string const& name, std::string const& program, int directory) {
  if (error == ENOENT) {
    bool const exists = ::faccessat(directory, program.c_str(), F_OK, AT_EACCESS) == 0;
    if (exists) return fail(Errc::not_found, fmt::format("the interpreter of {} does not exist", name));
    return fail(Errc::not_found, fmt::format("no such command: {}", name));
  }
  if (error == EACCES) return fail(Errc::forbidden, fmt::format("not executable: {}", name));
  if (error == ENOEXEC) return fail(Errc::invalid, fmt::format("not a program, and without a #! line: {}", name));
  if (error == E2BIG) return fail(Errc::too_large, "the arguments and the environment are too large for the system");
  return system_error(error, fmt::format("cannot run {}", name));
}

class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    ::sigemptyset(&none);
    sigset_t ignored = none;  // and no more: each costs the child a system call
    for (int const signal : ignored_signals) ::sigaddset(&ignored, signal);
    ::posix_spawnattr_setsigdefault(&attributes_, &ignored);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(SpawnSettings const&) = delete;
  SpawnSettings& operator=(SpawnSettings const&) = delete;

  void dup(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void enter(int directory) { ::posix_spawn_file_actions_addfchdir_np(&actions_, directory); }
  void close_from(int first) { ::posix_spawn_file_actions_addclosefrom_np(&actions_, first); }

  // 0, or why not.
  int spawn(pid_t& pid, char const* program, char* const* argv, char* const* env) const {
    return ::posix_spawn(&pid, program, &actions_, &attributes_, argv, env);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::vector<char*> pointers(std::vector<std::string> const& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto const& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

struct Pipe {
  OwnedFd read;
  OwnedFd write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return system_error(errno, "no pipe for the command's output");
  Pipe pipe{OwnedFd(fds[0]), OwnedFd(fds[1])};
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

Result<OwnedFd> make_stdin(std::string_view content) {
  OwnedFd fd(::memfd_create("stdin", MFD_CLOEXEC));
  while (fd && !content.empty()) {
    auto const n = ::write(fd.get(), content.data(), content.size());
    if (n < 0) return system_error(errno, "no room for the command's input");
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (!fd || ::lseek(fd.get(), 0, SEEK_SET) != 0) return system_error(errno, "no file for the command's input");
  return fd;
}

bool holds_nul(std::vector<std::string> const& texts) {
  for (auto const& text : texts) {
    if (text.find('\0') != text.npos) return true;
  }
  return false;
}

Result<pid_t> start_program(std::vector<std::string> const& argv, std::vector<std::string> const& env,
                            SpawnSettings const& settings, int directory) {
  auto const program = find_program(argv.front(), env, directory);
  if (!program) return program.error();
  pid_t pid = 0;
  if (int const error = settings.spawn(pid, program->c_str(), pointers(argv).data(), pointers(env).data())) {
    return exec_error(error, argv.front(), *program, directory);
  }
  return pid;
}

Result<pid_t> start_script(wire::Spawn const& request, SpawnSettings const& settings, int directory) {
  if (request.shell.empty()) {
    // Where this fails the shell says why, in its own words and with its own exit code.
    if (auto const words = plain_words(request.script)) {
      if (auto pid = start_program(*words, request.env, settings, directory)) return pid;
    }
  }
  auto const shell = request.shell.empty() ? std::string("/bin/sh") : request.shell;
  return start_program({shell, "-c", request.script}, request.env, settings, directory);
}

}  // namespace

Result<Launched> launch(wire::Spawn const& request) {
  if (holds_nul(request.argv) || holds_nul(request.env) ||
      holds_nul({request.script, request.shell, request.working_directory})) {
    return fail(Errc::invalid, "a command, its environment or its working directory contains a NUL character");
  }
  auto const directory = open_directory(request.working_directory);
  if (!directory) return directory.error();
  auto out = make_pipe();
  if (!out) return out.error();
  auto err = make_pipe();
  if (!err) return err.error();

  SpawnSettings settings;
  OwnedFd input;
  if (request.stdin_content) {
    auto made = make_stdin(*request.stdin_content);
    if (!made) return made.error();
    input = std::move(*made);
    settings.dup(input.get(), STDIN_FILENO);
  }
  settings.dup(out->write.get(), STDOUT_FILENO);
  settings.dup(err->write.get(), STDERR_FILENO);
  if (directory->owned) settings.enter(directory->fd());
  settings.close_from(STDERR_FILENO + 1);

  auto const pid = request.argv.empty() ? start_script(request, settings, directory->fd())
                                        : start_program(request.argv, request.env, settings, directory->fd());
  if (!pid) return pid.error();
  return Launched{*pid, std::move(out->read), std::move(err->read)};
}

}  // namespace runcast
