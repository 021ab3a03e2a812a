#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "hub/batch.hpp"
#include "hub/filter.hpp"
#include "hub/pages.hpp"
#include "hub/transport.hpp"
#include "hub/websocket/reader.hpp"
#include "model/segment.hpp"

namespace runcast {

class Shard;
struct Feed;

// What a follower asked for, checked; and what it is told first.
struct Follow {
  Ulid log;
  Form form = Form::websocket;
  std::uint64_t after = 0;  // the cursor: events up to this position are not sent
  Filter filter;
  std::string opening;    // bytes to be sent before any event: the answer's head, `stream_open`, a `gap`
  bool finished = false;  // nothing will ever come after `after`: end at once
  std::string early;      // bytes that the peer sent right behind its request
};

// Bounds and times of a client; contract, "The run stream", 3, 4 and 7.
struct ClientLimits {
  std::size_t send_events = 256;
  std::size_t send_bytes = 1024 * 1024;
  std::chrono::milliseconds ping{54'000};
  std::chrono::milliseconds pong_wait{60'000};
  std::chrono::milliseconds stalled{30'000};   // without taking a byte
  std::chrono::milliseconds comment{15'000};   // heartbeat of SSE and NDJSON
  std::chrono::milliseconds position{30'000};  // for a filtered follower that hears nothing
  std::chrono::milliseconds linger{10'000};    // for the peer to take the last bytes and to close
};

// One follower: a cursor in a log, and a connection. It has no queue: what it may be sent lies in the window or in
// history, and goes from there straight to the socket. While the socket takes no more, it keeps the rest of one frame
// and its cursor, nothing else: a slow client costs only itself. All on its shard's thread.
class Client : public std::enable_shared_from_this<Client> {
 public:
  using Clock = std::chrono::steady_clock;

  Client(Shard& shard, std::unique_ptr<Transport> transport, Follow follow);
  ~Client();

  // Reads what the peer sends until the connection ends: answers pings, takes part in the close.
  Awaitable<> read_loop();

  // Sends what can be sent now; never waits. To be called when there may be something new.
  void pump();

  // It has been sent all there is: what is published next concerns it.
  bool at_end() const { return state_ == State::at_end; }

  // Ends the stream in order: what is due first, the close (a WebSocket's with `code`), then the connection.
  void finish(std::uint16_t code, std::string_view reason);

  // Does what is due by now, and tells when it next wants to be called.
  Clock::time_point tick(Clock::time_point now);

  Form form() const { return form_; }
  Ulid log() const { return log_; }

  // For the shard's bookkeeping alone.
  Feed* feed = nullptr;
  std::size_t feed_slot = 0;
  Clock::time_point next_tick{};

 private:
  enum class State : std::uint8_t {
    ready,     // may have something to send
    at_end,    // was sent all there is
    fetching,  // a page of history is on its way
    ending,    // the close is on its way out: no more events
    closed,
  };

  bool send_once();
  void collect(Batch& batch);
  bool find_next(std::uint64_t after, Window::Place& place);
  void fetch_page();
  void take_page(Result<HistoryPage> const& page);
  void settle(Batch const& batch, std::size_t taken);
  void all_is_sent();
  void wait_until_writable();
  Awaitable<> write_loop();

  bool read_available();
  bool take_input(std::string_view input);
  void take_event(WebsocketEvent event);
  void queue_position();
  void queue_heartbeat();
  void close();
  void drop();

  ClientLimits const& limits() const;

  Shard& shard_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Filter> filter_;  // null: everything
  Ulid log_;
  std::uint64_t cursor_;   // considered up to here: sent, or passed over by the filter
  std::uint64_t told_;     // the last position that the peer has heard of
  std::uint64_t log_end_;  // where history had no more, when asked after the registration; see find_next()
  std::string urgent_;     // whole messages that go before the next event: opening, pongs, close
  std::string early_;   // input that came before read_loop() began
  std::string rest_;       // of a frame that is sent in part
  Pages::Page page_;       // of history, while it is read from
  WebsocketReader reader_;
  Clock::time_point last_taken_;  // when the peer last took a byte or sent one
  Clock::time_point last_sent_;   // when anything was last sent
  Clock::time_point last_told_;   // when told_ was last sent
  Clock::time_point last_ping_;   // when a ping was last due
  Clock::time_point deadline_{};  // while ending
  Form form_;
  State state_ = State::ready;
  bool blocked_ = false;          // the socket takes no more; write_loop() waits
  bool ping_waits_ = false;       // for its pong
  bool peer_closed_ = false;      // its close frame came
  bool last_event_sent_ = false;  // the log's end; or the rest of it is in rest_
};

// A message that is no event of the log (stream_open, gap, position), framed for its form. `event` names it on SSE
// (empty: unnamed), `sse_id` is its id there (empty: none).
std::string frame_message(Form form, std::string_view json, std::string_view event = {}, std::string_view sse_id = {});

}  // namespace runcast
