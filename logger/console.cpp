#include "logger/console.hpp"

#include <cerrno>
#include <climits>
#include <system_error>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/thread.hpp"

namespace runcast {

void append_console_line(std::string& out, Timestamp time, Level level, std::string_view message) {
  fmt::format_to(std::back_inserter(out), "{} {:<5} ", iso8601(time), to_string(level));
  for (char const c : message) out += c == '\n' || c == '\r' ? ' ' : c;
  out += '\n';
}

Console::Console(Options options) : options_(options), wake_fd_(::eventfd(0, EFD_CLOEXEC)) {
  if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread([this] {
    name_this_thread("console");
    run();
  });
}

Console::~Console() {
  {
    std::lock_guard lock(mutex_);
    give_up_ = std::chrono::steady_clock::now() + options_.farewell;
  }
  changed_.notify_one();
  ::eventfd_write(wake_fd_, 1);
  thread_.join();
  ::close(wake_fd_);
}

void Console::log(Level level, std::string_view message) {
  if (level < options_.minimum) return;
  std::string line;
  append_console_line(line, system_time(), level, message);
  auto const bytes = line.size();
  offer(1, bytes, [line = std::move(line)](std::string& out) { out += line; });
}

bool Console::offer(std::size_t lines, std::size_t bytes, std::function<void(std::string& out)> render) {
  {
    std::lock_guard lock(mutex_);
    // Something larger than the bound still gets through alone.
    if (give_up_ || (!items_.empty() && waiting_bytes_ + bytes > options_.bound_bytes)) {
      dropped_ += lines;
      return false;
    }
    waiting_bytes_ += bytes;
    items_.push_back({bytes, std::move(render)});
  }
  changed_.notify_one();
  return true;
}

std::uint64_t Console::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

void Console::run() {
  std::string text;
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return give_up_ || !items_.empty(); });
    if (items_.empty()) return;
    auto item = std::move(items_.front());
    items_.pop_front();
    text = take_dropped();
    lock.unlock();

    item.render(text);
    bool const written = write_out(text);

    lock.lock();
    waiting_bytes_ -= item.bytes;
    if (!written) return;
  }
}

// Holds the lock.
std::string Console::take_dropped() {
  std::string note;
  if (auto const lost = dropped_ - dropped_told_; lost > 0) {
    append_console_line(note, system_time(), Level::warn, fmt::format("{} lines were not written here", lost));
    dropped_told_ = dropped_;
  }
  return note;
}

// How long it may still write; nothing while there is no hurry.
std::optional<Millis> Console::time_left() const {
  std::lock_guard lock(mutex_);
  if (!give_up_) return std::nullopt;
  auto const left = std::chrono::ceil<Millis>(*give_up_ - std::chrono::steady_clock::now());
  return std::max(left, Millis{0});
}

// False: nobody will read on, or the farewell is over. The descriptor is shared with other programs, so it is not made
// non-blocking; a pipe that polls writable takes PIPE_BUF bytes at once.
bool Console::write_out(std::string_view text) {
  while (!text.empty()) {
    pollfd fds[] = {{options_.fd, POLLOUT, 0}, {wake_fd_, POLLIN, 0}};
    auto const left = time_left();
    int const ready = ::poll(fds, left ? 1 : 2, left ? static_cast<int>(left->count()) : -1);
    if (ready < 0 && errno != EINTR) return false;
    if (ready == 0) return false;
    if (fds[0].revents & POLLOUT) {
      auto const n = ::write(options_.fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
      if (n < 0 && errno != EINTR && errno != EAGAIN) return false;
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    } else if (fds[0].revents != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace runcast
