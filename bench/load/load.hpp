#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/epoll.h>
#include <sys/types.h>

#include "bench/load/frame_walker.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/process_usage.hpp"
#include "bench/load/socket.hpp"

namespace runcast::bench {

struct LoadOptions {
  enum class Task : std::uint8_t {
    receive,    // subscribe, then read and check until `warmup` and `seconds` have passed since the first event
    drain,      // the same until every subscriber has `messages` events, or the server closes, or nothing comes
    idle,       // subscribe and be still for `seconds`: memory, and CPU of doing nothing
    handshake,  // connect, upgrade and reset, `in_flight` at a time, for `seconds`
  };

  std::uint16_t port = 0;
  Task task = Task::receive;
  std::string path = "/runs/{}/stream";  // {} is the number of the subscriber's run
  unsigned subscribers = 1;
  unsigned runs = 1;
  unsigned in_flight = 64;  // unanswered handshakes at a time
  double warmup = 0.5;
  double seconds = 3;
  double quiet = 3;  // seconds without an event after which nothing more is expected
  std::uint64_t messages = 0;
  std::uint64_t after = 0;                   // the seq that every subscriber has seen already, as the path says
  std::string clock_key = R"("message":")";  // the text before the digits of the producer's clock
  std::int64_t clock_unit_ns = 1;            // what one of them is
  bool deflate = false;                      // offer permessage-deflate, and read what is compressed
  std::vector<pid_t> servers;                // processes whose CPU and memory are measured
};

struct LoadResult {
  unsigned connected = 0;
  std::uint64_t deliveries = 0;  // within the window, like the two below
  double window_seconds = 0;
  std::int64_t server_cpu_ns = 0;
  std::int64_t load_cpu_ns = 0;
  Histogram latency;  // of the window
  std::uint64_t total_deliveries = 0;
  std::uint64_t total_bytes = 0;  // of events' payload, as it came
  std::uint64_t missing = 0;      // seqs passed over
  std::uint64_t repeated = 0;     // seqs that were not greater than the one before
  unsigned incomplete = 0;        // drain: subscribers without all their messages
  std::uint64_t handshakes = 0;
  unsigned connected_before = 0;
  ProcessUsage before, after;                // idle: with the first tenth of the subscribers, and with all
  std::map<std::uint16_t, unsigned> closes;  // by code; 1006: without a close frame
};

// Many WebSocket clients on one thread. Cheap: one epoll, one shared input buffer, a few dozen nanoseconds an event.
class Load {
 public:
  explicit Load(LoadOptions options);
  ~Load();
  Load(Load const&) = delete;
  Load& operator=(Load const&) = delete;

  // `on_ready` is called once all subscribers are attached.
  LoadResult run(std::function<void()> const& on_ready);

 private:
  struct Client {
    Socket socket;
    std::uint64_t last_seq = 0;
    std::string partial{};  // the beginning of a frame whose end has not come
    bool attached = false;
  };

  void connect_all();
  void connect(std::size_t index);
  void measure_receiving();
  void measure_draining();
  void measure_idling();
  void measure_handshakes();

  void poll(int timeout_ms, std::function<void(std::size_t)> const& on_input);
  void read_client(std::size_t index);
  void read_answer(Client& client, std::string_view input);
  void read_frames(Client& client, std::string_view input);
  void on_text(Client& client, ServerFrame const& frame, std::int64_t now);
  void on_event(Client& client, std::string_view json, std::int64_t now);
  void end_client(Client& client, std::uint16_t code);
  void begin_window(std::int64_t now);
  void end_window(std::int64_t now);
  bool quiet_since(std::int64_t now) const;

  LoadOptions options_;
  LoadResult result_;
  NumberFinder seq_{R"("seq":)"};
  NumberFinder clock_;
  std::vector<Client> clients_;
  std::vector<char> buffer_;
  int epoll_;
  unsigned unanswered_ = 0;
  unsigned open_ = 0;
  std::int64_t first_event_at_ = 0;
  std::int64_t last_event_at_ = 0;
  std::int64_t window_from_ = 0;
  bool in_window_ = false;
};

}  // namespace runcast::bench
