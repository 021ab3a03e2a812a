#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/steady_timer.hpp>

#include "base/task_group.hpp"
#include "hub/allowance.hpp"
#include "hub/outbox.hpp"
#include "hub/permit.hpp"
#include "hub/transport.hpp"
#include "hub/websocket/reader.hpp"
#include "model/segment.hpp"

namespace runcast {

// Bounds and times of a two-way connection.
struct MessageLimits {
  WebsocketLimits websocket{1024 * 1024, 16};       // of what the peer sends
  std::size_t send_bytes = 256 * 1024;              // may wait for the peer before room() makes others wait
  std::int64_t input_burst = 16 * 1024 * 1024;      // bytes; a message counts for message_cost more
  std::int64_t input_per_second = 8 * 1024 * 1024;  // who sends more is read no faster
  std::int64_t message_cost = 256;
  std::chrono::milliseconds ping{54'000};     // after that much silence
  std::chrono::milliseconds silence{60'000};  // and then it is gone
  std::chrono::milliseconds stalled{30'000};  // without taking a byte of what waits for it: closed with 1013
  std::chrono::milliseconds comment{15'000};  // heartbeat of SSE
  std::chrono::milliseconds linger{2'000};    // for the peer to take the last bytes and to close
};

// A connection that carries messages: JSON texts both ways on a WebSocket, or from here to the peer as server-sent
// events. What it sends goes out at once where the socket takes it; a peer that takes nothing keeps what waits for it,
// bounded by whoever asks for room() first, and is closed with 1013 in the end. On one thread.
class MessageSocket {
 public:
  // Told of each message in turn; the next one is read when it is done.
  using OnMessage = std::function<Awaitable<>(std::string message)>;

  // `head`: the answer's, which goes out before all else. `permit`: null, nothing can be withdrawn. `limits` outlive
  // it.
  MessageSocket(asio::any_io_executor executor, std::unique_ptr<Transport> transport, Form form, std::string_view head,
                std::shared_ptr<Permit const> permit, MessageLimits const& limits);
  MessageSocket(MessageSocket const&) = delete;
  MessageSocket& operator=(MessageSocket const&) = delete;

  // Reads until the connection has ended; `early` is what came behind the request. Ends what spawn() has started then,
  // and throws what failed there. Once.
  Awaitable<> run(std::string early, OnMessage on_message);

  // Tasks that go on until the connection ends; they are cancelled then.
  void spawn(Awaitable<> task) { tasks_.spawn(std::move(task)); }

  // Nothing is sent once it is ending. What is sent within one turn of the thread goes out in one write. On SSE `id`
  // is the event's id, where it has one.
  void send(std::string_view json, std::string_view id = {});
  // The same without copying, for long ones; and for frames that are made already (WebSocket only).
  void send(std::shared_ptr<std::string const> json, std::string_view id = {});
  void send_frames(std::shared_ptr<void const> owner, std::string_view frames);

  // Server-sent events only: a position for the peer to come back with. It goes out with the next comment, unless a
  // message with an id goes before.
  void keep_position(std::string id) { position_ = std::move(id); }

  // Waits until less than the bound waits to be sent. False: the connection is ending.
  Awaitable<bool> room();

  // Ends it in order: what waits, the close (a WebSocket's with `code`), then the connection.
  void finish(std::uint16_t code, std::string_view reason);

  Form form() const { return form_; }
  bool open() const { return state_ == State::open; }
  bool too_slow() const { return too_slow_; }  // it was closed for taking nothing
  bool permitted() const { return !permit_ || permit_->holds; }
  asio::any_io_executor executor() const { return executor_; }

 private:
  using Clock = std::chrono::steady_clock;
  enum class State : std::uint8_t { open, ending, closed };

  Awaitable<> read(std::string early, OnMessage const& on_message);
  Awaitable<bool> take_input(std::string_view input, OnMessage const& on_message);
  bool take_event(WebsocketEvent const& event);
  bool read_available(std::string& input);

  void send_whole(std::string_view before, std::shared_ptr<std::string const> json, std::string_view after);
  void flush_soon();
  Awaitable<> flush_together();
  void flush();
  Awaitable<> wait_until_writable();
  void end_connection();

  Awaitable<> keep_time();
  void tick(Clock::time_point now);
  Clock::time_point next_tick() const;

  void close();
  void drop();

  asio::any_io_executor executor_;
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<Permit const> permit_;
  MessageLimits const& limits_;
  Form form_;
  State state_ = State::open;
  bool blocked_ = false;   // the socket takes no more; a task waits until it does
  bool pinged_ = false;    // since the peer was last heard
  bool flushing_ = false;  // soon
  bool peer_closed_ = false;
  bool too_slow_ = false;
  std::string position_;  // that no message has told yet; mostly empty
  WebsocketReader reader_;
  Allowance allowance_;
  Outbox outbox_;
  Clock::time_point last_heard_;
  Clock::time_point last_sent_;
  Clock::time_point last_taken_;  // or when the peer had to begin to take, if that was later
  Clock::time_point deadline_;    // while ending
  asio::steady_timer room_;       // never expires: cancelled where there is room, or never will be
  asio::steady_timer clock_;
  TaskGroup tasks_;
};

}  // namespace runcast
