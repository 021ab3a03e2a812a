#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/common/message.hpp"
#include "bench/common/options.hpp"
#include "bench/common/schedule.hpp"
#include "bench/peers/raw_epoll/window.hpp"

namespace runcast::bench {

// The least that a server can do with epoll and one send per client and block: what the others are measured against.
// One thread; it trusts its clients, and reads nothing of what they send but the handshake and their end.
class RawServer {
 public:
  explicit RawServer(PeerOptions const& options);
  ~RawServer();
  RawServer(RawServer const&) = delete;
  RawServer& operator=(RawServer const&) = delete;

  // Until everything was produced and sent and all clients have gone.
  void run();

 private:
  enum class Stage : std::uint8_t { none, handshake, open };

  struct Client {
    Cursor cursor;
    std::uint32_t run = 0;
    Stage stage = Stage::none;
    bool blocked = false;
  };

  struct Run {
    std::string name;
    Window window;
    std::vector<int> clients;  // descriptors
    std::uint64_t seq = 0;
    bool pending = false;  // something was produced that was not sent yet
  };

  void accept_all();
  void on_ready(int fd, std::uint32_t events);
  void read_from(int fd);
  void shake_hands(int fd, std::string_view request);
  void drop(int fd);

  void produce();
  bool produce_one(Run& run, std::int64_t due_time);
  bool make_room(Run& run, std::size_t bytes);
  void fill(Run& run, std::int64_t now);
  void flush(std::int64_t now);
  void send_to(int fd);
  void close_all();
  bool all_sent();
  int wait_time(std::int64_t now);
  void arm_timer(std::int64_t at);

  PeerOptions options_;
  Schedule schedule_;
  MessageWriter writer_;
  int epoll_;
  int listener_;
  int timer_;
  std::int64_t timer_at_ = 0;
  std::vector<Client> clients_;  // by descriptor
  std::vector<Run> runs_;
  std::vector<char> input_ = std::vector<char>(16 * 1024);
  std::uint64_t produced_ = 0;
  std::size_t frame_size_ = 0;  // of the latest event
  std::int64_t flushed_at_ = 0;
  unsigned open_ = 0;
  bool stuck_ = false;    // events are due, and every window that they go to is full
  bool closing_ = false;  // the close frames are on their way
};

}  // namespace runcast::bench
