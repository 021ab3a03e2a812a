#pragma once

#include <memory>
#include <string>

#include "hub/filter.hpp"
#include "hub/follower.hpp"
#include "hub/liveness.hpp"
#include "hub/message.hpp"
#include "hub/permit.hpp"
#include "hub/remainder.hpp"
#include "hub/transport.hpp"
#include "hub/websocket/reader.hpp"
#include "hub/wheel.hpp"
#include "model/segment.hpp"

namespace runcast {

class Shard;

// What a follower asked for, checked; and what it is told first.
struct Follow {
  Ulid log = {};
  Form form = Form::websocket;
  std::uint64_t after = 0;  // the cursor: events up to this position are not sent
  Filter filter = {};
  std::string opening = {};  // bytes to be sent before any event: the answer's head, `stream_open`, a `gap`
  bool finished = false;     // nothing will ever come after `after`: end at once
  std::string early = {};    // bytes that the peer sent right behind its request
  std::shared_ptr<Permit const> permit = nullptr;  // what it may follow by; null: nothing can be withdrawn
};

// A follower on a connection. It has no queue: what it may be sent lies in the window or in history, and goes from
// there straight to the socket. While the socket takes no more, it keeps the rest of one frame and its cursor, nothing
// else: a slow client costs only itself.
class Client final : public Follower, public WheelHook, public std::enable_shared_from_this<Client> {
 public:
  using Time = Liveness::Time;

  Client(Shard& shard, std::unique_ptr<Transport> transport, Follow follow);
  ~Client() override;

  // Sends what can be sent now; never waits.
  void pump();

  void joined() override;
  void offer() override { pump(); }
  bool permitted() const override { return !permit_ || permit_->holds; }

  // Ends the stream in order: what is due first, the close (a WebSocket's with `code`), then the connection.
  void finish(std::uint16_t code, std::string_view reason) override;

  // Does what is due by now, and tells when it next wants to be called.
  Time tick(Time now);

  // For the shard's bookkeeping alone.
  Time next_tick = Time::max();
  bool in_line = false;

 private:
  enum class State : std::uint8_t {
    open,
    ending,  // the close is on its way out: no more events
    closed,
  };

  bool send_once();
  void collect(Batch& batch);
  void fetch_page();
  void settle(Batch const& batch, std::size_t taken, Time now);
  bool nothing_to_send(Batch const& batch);
  void end_connection();
  void wait_until_writable();
  void on_writable(sys::error_code error);

  void wait_until_readable();
  void on_readable(sys::error_code error);
  bool read_available();
  void end_reading();
  void leave();
  bool take_input(std::string_view input);
  void take_event(WebsocketEvent const& event);

  void begin_ending(std::uint16_t code, std::string_view reason);
  Time tick_ending(Time now);
  void queue_position();
  bool owes_position() const { return filter_ && told_ < cursor_.position(); }
  void close();
  void drop();

  ClientLimits const& limits() const;

  Shard& shard_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Filter> filter_;  // null: everything
  std::shared_ptr<Permit const> permit_;
  std::uint64_t told_;  // the last position that the peer has heard of
  Remainder rest_;      // of what was sent in part
  std::string urgent_;  // whole messages that go before the next event: opening, pongs, close
  std::string early_;   // input that came before the hub began to read
  WebsocketReader reader_;
  Liveness liveness_;
  Time last_told_;   // when told_ was last sent
  Time deadline_{};  // while ending
  State state_ = State::open;
  bool joined_ = false;
  bool blocked_ = false;          // the socket takes no more; on_writable() comes
  bool peer_closed_ = false;      // its close frame came
  bool input_ended_ = false;      // the peer has closed its side
  bool last_event_sent_ = false;  // the log's end; or the rest of it is in rest_
};

}  // namespace runcast
