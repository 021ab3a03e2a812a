#include "executor/spawn/process.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "executor/spawn/spawned_attempt.hpp"
#include "executor/spawn/spawner_core.hpp"

namespace runcast {

asio::posix::stream_descriptor& OutputPipe::watcher() {
  if (!watcher_) {
    watcher_.emplace(executor_, fd_.get());
    fd_.release();
  }
  return *watcher_;
}

void OutputPipe::close() {
  watcher_.reset();
  fd_ = OwnedFd();
  ready_ = false;
}

std::span<OutputLine const> OutputPipe::read() {
  auto space = lines_.space();
  if (left_) space = space.first(std::min(space.size(), *left_));
  auto const n = space.empty() ? 0 : ::read(handle(), space.data(), space.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR) && !left_) {
    ready_ = false;
    return {};
  }
  if (n <= 0) {
    close();
    lines_.finish();
    return lines_.lines();
  }
  auto const size = static_cast<std::size_t>(n);
  ready_ = size == space.size();  // less means that the pipe was empty then
  if (left_) *left_ -= size;
  lines_.commit(size);
  return lines_.lines();
}

void OutputPipe::limit_to_present() {
  int present = 0;
  if (!is_open() || ::ioctl(handle(), FIONREAD, &present) != 0) present = 0;
  left_ = static_cast<std::size_t>(std::max(present, 0));
}

Process::Process(std::shared_ptr<SpawnerCore> core, std::shared_ptr<SpawnedAttempt> attempt)
    : core_(std::move(core)), attempt_(std::move(attempt)) {}

Process::~Process() {
  if (!attempt_) return;
  core_->abandon(attempt_->serial);
  attempt_->out.close();
  attempt_->err.close();
}

int Process::pid() const { return attempt_->pid; }

void Process::terminate(Millis grace) {
  if (!attempt_->over()) core_->terminate(attempt_->serial, grace);
}

Awaitable<Result<ExitStatus>> Process::run(LineSink sink) {
  auto const attempt = attempt_;
  std::array const streams{std::pair{OutputStream::out, &attempt->out}, std::pair{OutputStream::err, &attempt->err}};
  while (!attempt->over()) {
    for (auto const& [stream, pipe] : streams) pipe->watch([attempt] { attempt->changed.notify(); });
    if (!attempt->out.ready() && !attempt->err.ready()) co_await attempt->changed.wait();
    for (auto const& [stream, pipe] : streams) {
      if (attempt->over() || !pipe->ready()) continue;
      if (auto const lines = pipe->read(); !lines.empty()) co_await sink(stream, lines);
    }
  }
  for (auto const& [stream, pipe] : streams) pipe->limit_to_present();
  for (auto const& [stream, pipe] : streams) {
    while (pipe->is_open()) {
      if (auto const lines = pipe->read(); !lines.empty()) co_await sink(stream, lines);
    }
  }
  if (attempt->error) co_return *attempt->error;
  co_return *attempt->exit;
}

}  // namespace runcast
