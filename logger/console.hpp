#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "model/status.hpp"

namespace runcast {

// Text for a person who may be watching: the server's own messages and, after the database and the hub, the steps'
// lines. A convenience, so nobody ever waits for it: what does not fit is dropped, and counted in the output.
// Every member may be called from any thread.
class Console {
 public:
  struct Options {
    int fd = 2;                         // stays the caller's; must outlive the console
    Level minimum = Level::info;        // what is below it is not written
    std::size_t bound_bytes = 4 << 20;  // of what waits
    Millis farewell{200};               // how long the destructor may still write what waits
  };

  explicit Console(Options options);
  ~Console();

  Console(Console const&) = delete;
  Console& operator=(Console const&) = delete;

  Level minimum() const { return options_.minimum; }

  // One line: the time, the level, the message. A line end within the message is written as a space.
  void log(Level level, std::string_view message);

  // Text that is made when its turn has come, by the console's thread. `lines` is what is counted when it is dropped,
  // `bytes` what it holds on to until then. Tells whether there was room.
  bool offer(std::size_t lines, std::size_t bytes, std::function<void(std::string& out)> render);

  std::uint64_t dropped() const;  // lines, since the start

 private:
  struct Item {
    std::size_t bytes;
    std::function<void(std::string&)> render;
  };

  void run();
  bool write_out(std::string_view text);
  std::string take_dropped();
  std::optional<Millis> time_left() const;

  Options options_;
  int wake_fd_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_told_ = 0;
  std::optional<std::chrono::steady_clock::time_point> give_up_;  // set once it is to stop
  std::thread thread_;
};

// `2025-11-20T23:59:12.123Z warn  message`, with its line end.
void append_console_line(std::string& out, Timestamp time, Level level, std::string_view message);

}  // namespace runcast
