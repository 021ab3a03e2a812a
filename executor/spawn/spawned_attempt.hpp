#pragma once

#include <optional>
#include <span>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/result.hpp"
#include "executor/spawn/command.hpp"
#include "executor/spawn/line_splitter.hpp"
#include "executor/spawn/owned_fd.hpp"
#include "executor/spawn/wakeup.hpp"
#include "executor/spawn/wire.hpp"

namespace runcast {

// The read end of one of a command's pipes, as lines. It never waits by itself.
class OutputPipe {
 public:
  OutputPipe(asio::any_io_executor executor, std::size_t max_line) : executor_(std::move(executor)), lines_(max_line) {}

  void open(OwnedFd fd) { fd_ = std::move(fd); }
  void close();
  bool is_open() const { return watcher_ || fd_; }

  // Has `wake` called once there is something to read, or the end.
  template <class Wake>
  void watch(Wake wake) {
    if (!is_open() || ready_ || watched_) return;
    watched_ = true;
    auto& watcher = this->watcher();
    watcher.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this, wake = std::move(wake)](sys::error_code error) {
                         watched_ = false;
                         ready_ = !error;
                         wake();
                       });
  }
  bool ready() const { return is_open() && ready_; }

  // One read of what is there; the complete lines in it, perhaps none. At the end it closes.
  std::span<OutputLine const> read();

  // From now on it gives only what is in the pipe now, and then ends.
  void limit_to_present();

 private:
  int handle() { return watcher_ ? watcher_->native_handle() : fd_.get(); }
  asio::posix::stream_descriptor& watcher();

  asio::any_io_executor executor_;
  OwnedFd fd_;  // until it is watched: many commands are over before that, and cost no registration
  std::optional<asio::posix::stream_descriptor> watcher_;
  LineSplitter lines_;
  std::optional<std::size_t> left_;  // bytes to read before the end
  bool ready_ = false;
  bool watched_ = false;
};

// What the spawner and the owner of an attempt share. It lives as long as either of them, or a wait for its pipes.
struct SpawnedAttempt {
  SpawnedAttempt(asio::any_io_executor const& executor, wire::Serial number, std::size_t max_line)
      : serial(number), out(executor, max_line), err(executor, max_line), changed(executor) {}

  wire::Serial serial;
  int pid = 0;                 // set: it runs, or ran
  std::optional<Error> error;  // it could not be started, or was cut off
  std::optional<ExitStatus> exit;
  OutputPipe out;
  OutputPipe err;
  Wakeup changed;

  bool over() const { return exit || error; }
};

}  // namespace runcast
