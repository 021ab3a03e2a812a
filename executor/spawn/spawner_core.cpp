#include "executor/spawn/spawner_core.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

extern char** environ;

namespace runcast {
namespace {

constexpr int helper_socket = 3;
constexpr Millis retry_interval{1'000};

// Starts `argv` with `socket` as its descriptor 3 and, but for stderr, nothing else of this process: in a session of
// its own, so that what a terminal sends to the server does not reach it.
int start_helper(std::vector<std::string> const& argv, int socket, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, socket, helper_socket);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, helper_socket + 1);
  sigset_t signals;
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> pointers;
  for (auto const& word : argv) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  int const error = ::posix_spawn(&pid, pointers.front(), &actions, &attributes, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

std::string signal_name(int signal) {
  if (auto const* const name = ::sigabbrev_np(signal)) return fmt::format("SIG{}", name);
  return fmt::format("SIGRTMIN+{}", signal - SIGRTMIN);
}

ExitStatus exit_status(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {0, signal_name(WTERMSIG(wait_status))};
  return {WEXITSTATUS(wait_status), {}};
}

wire::Spawn spawn_message(wire::Serial serial, std::string const& instance, Command command) {
  command.env[attempt_variable] = fmt::format("{}/{}", instance, command.attempt_id);
  // A shell would set it, an argv would inherit the server's.
  if (command.working_directory.starts_with('/')) command.env["PWD"] = command.working_directory;
  wire::Spawn message;
  message.serial = serial;
  message.attempt_id = std::move(command.attempt_id);
  message.argv = std::move(command.argv);
  message.script = std::move(command.script);
  message.shell = std::move(command.shell);
  for (auto const& [name, value] : command.env) message.env.push_back(fmt::format("{}={}", name, value));
  message.working_directory = std::move(command.working_directory);
  message.stdin_content = std::move(command.stdin_content);
  return message;
}

}  // namespace

SpawnerCore::SpawnerCore(asio::any_io_executor executor, SpawnerOptions options)
    : executor_(executor), options_(std::move(options)), stale_changed_(executor) {}

Result<void> SpawnerCore::start() {
  PacketSocket theirs;
  if (auto const error = PacketSocket::pair(socket_, theirs)) {
    return fail(Errc::io, fmt::format("no socket for the spawn helper: {}", error.message()));
  }
  if (int const error = start_helper(options_.helper, theirs.fd(), helper_pid_)) {
    helper_pid_ = 0;
    return fail(Errc::io,
                fmt::format("cannot start the spawn helper {}: {}", options_.helper.front(), std::strerror(error)));
  }
  ::fcntl(socket_.fd(), F_SETFL, O_NONBLOCK);
  readiness_ = std::make_unique<asio::posix::stream_descriptor>(executor_, socket_.fd());
  tell(wire::Hello{RUNCAST_VERSION, options_.instance});
  return {};
}

void SpawnerCore::stop() {
  if (helper_pid_ == 0) return;
  readiness_->release();
  readiness_.reset();
  socket_ = {};
  unsent_.clear();
  for (auto const& [serial, attempt] : std::exchange(attempts_, {})) {
    attempt->error = fail(Errc::closed, "the spawn helper is gone, and the command with it");
    attempt->changed.notify();
  }
  stale_changed_.notify();
  while (::waitpid(helper_pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  helper_pid_ = 0;
}

Awaitable<> SpawnerCore::run() {
  auto const self = shared_from_this();
  asio::steady_timer pause(executor_);
  for (;;) {
    auto const began = std::chrono::steady_clock::now();
    co_await serve();
    stop();
    if (std::chrono::steady_clock::now() - began < retry_interval) {
      pause.expires_after(retry_interval);
      co_await pause.async_wait(asio::use_awaitable);
    }
    if (start()) tell(wire::KillStale{});
  }
}

// Until the helper is gone.
Awaitable<> SpawnerCore::serve() {
  while (helper_pid_ != 0) {
    auto const [error] = co_await readiness_->async_wait(asio::posix::stream_descriptor::wait_read, as_tuple);
    if (error || !receive()) co_return;
  }
}

Awaitable<Result<std::size_t>> SpawnerCore::kill_stale() {
  stale_count_.reset();
  if (helper_pid_ != 0) tell(wire::KillStale{});
  while (helper_pid_ != 0 && !stale_count_) co_await stale_changed_.wait();
  if (!stale_count_) co_return fail(Errc::closed, "the spawn helper is gone");
  co_return *stale_count_;
}

std::shared_ptr<SpawnedAttempt> SpawnerCore::request(Command command) {
  auto attempt = std::make_shared<SpawnedAttempt>(executor_, ++last_serial_, options_.max_line);
  if (helper_pid_ == 0) {
    attempt->error = fail(Errc::io, "the spawn helper does not run");
    return attempt;
  }
  if (auto const error = send(spawn_message(attempt->serial, options_.instance, std::move(command)))) {
    attempt->error = fail(Errc::io, fmt::format("cannot reach the spawn helper: {}", error.message()));
    return attempt;
  }
  attempts_[attempt->serial] = attempt;
  return attempt;
}

void SpawnerCore::terminate(wire::Serial serial, Millis grace) {
  if (helper_pid_ != 0) tell(wire::Terminate{serial, grace});
}

void SpawnerCore::abandon(wire::Serial serial) {
  if (attempts_.erase(serial) != 0) terminate(serial, Millis{0});
}

sys::error_code SpawnerCore::send(wire::Message const& message) {
  auto body = wire::encode(message);
  if (unsent_.empty()) {
    auto const error = socket_.send(body);
    if (error.value() != EAGAIN) return error;
  }
  unsent_.push_back(std::move(body));
  flush_when_writable();
  return {};
}

void SpawnerCore::tell(wire::Message const& message) { static_cast<void>(send(message)); }

void SpawnerCore::flush_when_writable() {
  if (std::exchange(flushing_, true)) return;
  readiness_->async_wait(asio::posix::stream_descriptor::wait_write, [self = shared_from_this()](sys::error_code) {
    self->flushing_ = false;
    while (!self->unsent_.empty()) {
      if (self->socket_.send(self->unsent_.front()).value() == EAGAIN) return self->flush_when_writable();
      self->unsent_.pop_front();
    }
  });
}

// All that the helper has said so far; false when it is gone.
bool SpawnerCore::receive() {
  for (;;) {
    Packet packet;
    if (auto const error = socket_.receive(packet)) return error.value() == EAGAIN;
    auto const message = wire::decode(packet.body);
    if (!message) return false;
    std::visit([&](auto const& alternative) { on(alternative, packet); }, *message);
  }
}

void SpawnerCore::on(wire::Spawned const& message, Packet& packet) {
  auto const found = attempts_.find(message.serial);
  if (found == attempts_.end()) return;  // it was abandoned, and is being killed
  auto const attempt = found->second;
  bool const silent = message.wait_status && packet.fds.empty();
  if (packet.fds_lost || (!silent && packet.fds.size() != 2)) {
    terminate(message.serial, Millis{0});
    auto const why = sys::error_code(EMFILE, sys::system_category()).message();
    return on(wire::SpawnFailed{message.serial, fail(Errc::busy, "cannot take the command's output: " + why)}, packet);
  }
  attempt->pid = message.pid;
  if (!silent) {
    attempt->out.open(std::move(packet.fds[0]));
    attempt->err.open(std::move(packet.fds[1]));
  }
  if (message.wait_status) return on(wire::Exited{message.serial, *message.wait_status}, packet);
  attempt->changed.notify();
}

void SpawnerCore::on(wire::SpawnFailed const& message, Packet&) {
  if (auto const attempt = take(message.serial)) {
    attempt->error = message.error;
    attempt->changed.notify();
  }
}

void SpawnerCore::on(wire::Exited const& message, Packet&) {
  if (auto const attempt = take(message.serial)) {
    attempt->exit = exit_status(message.wait_status);
    attempt->changed.notify();
  }
}

void SpawnerCore::on(wire::StaleKilled const& message, Packet&) {
  stale_count_ = message.count;
  stale_changed_.notify();
}

std::shared_ptr<SpawnedAttempt> SpawnerCore::take(wire::Serial serial) {
  auto const node = attempts_.extract(serial);
  return node.empty() ? nullptr : node.mapped();
}

}  // namespace runcast
