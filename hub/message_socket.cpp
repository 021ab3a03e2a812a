#include "hub/message_socket.hpp"

#include <array>

#include <fmt/format.h>

#include "hub/message.hpp"
#include "hub/websocket/writer.hpp"

namespace runcast {
namespace {

constexpr std::uint8_t final_text_frame = 0x81;
constexpr std::size_t max_unread_pongs = 64 * 1024;  // bytes that wait while pings are still answered

}  // namespace

MessageSocket::MessageSocket(asio::any_io_executor executor, std::unique_ptr<Transport> transport, Form form,
                             std::string_view head, std::shared_ptr<Permit const> permit, MessageLimits const& limits)
    : executor_(std::move(executor)),
      transport_(std::move(transport)),
      permit_(std::move(permit)),
      limits_(limits),
      form_(form),
      reader_(limits.websocket),
      allowance_(limits.input_burst, limits.input_per_second, Clock::now()),
      last_heard_(Clock::now()),
      last_sent_(last_heard_),
      last_taken_(last_heard_),
      room_(executor_, Clock::time_point::max()),
      clock_(executor_),
      tasks_(executor_) {
  outbox_.add(head);
}

Awaitable<> MessageSocket::run(std::string early, OnMessage on_message) {
  flush();
  tasks_.spawn(keep_time());
  std::exception_ptr failure;
  try {
    co_await read(std::move(early), on_message);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state();
  close();
  tasks_.cancel();
  co_await tasks_.join();
  if (failure) std::rethrow_exception(failure);
}

// --- sending ---

void MessageSocket::send(std::string_view json, std::string_view id) {
  if (state_ != State::open) return;
  if (!id.empty()) position_.clear();
  outbox_.add(frame_message(form_, json, "", id));
  flush_soon();
}

void MessageSocket::send(std::shared_ptr<std::string const> json, std::string_view id) {
  if (form_ == Form::websocket) {
    std::array<char, 10> header;
    return send_whole({header.data(), write_frame_header(header.data(), final_text_frame, json->size())}, json, "");
  }
  if (!id.empty()) position_.clear();
  auto const fields = fmt::format("{}{}{}data: ", id.empty() ? "" : "id: ", id, id.empty() ? "" : "\n");
  send_whole(fmt::format("{:x}\r\n{}", fields.size() + json->size() + 2, fields), json, "\n\n\r\n");
}

void MessageSocket::send_whole(std::string_view before, std::shared_ptr<std::string const> json,
                               std::string_view after) {
  if (state_ != State::open) return;
  std::string_view const text = *json;
  outbox_.add(before);
  outbox_.add(std::move(json), text);
  outbox_.add(after);
  flush_soon();
}

void MessageSocket::send_frames(std::shared_ptr<void const> owner, std::string_view frames) {
  if (state_ != State::open) return;
  outbox_.add(std::move(owner), frames);
  flush_soon();
}

void MessageSocket::flush_soon() {
  if (blocked_ || std::exchange(flushing_, true)) return;
  tasks_.spawn(flush_together());
}

Awaitable<> MessageSocket::flush_together() {
  flushing_ = false;
  flush();
  co_return;
}

void MessageSocket::flush() {
  while (!blocked_ && !outbox_.empty() && state_ != State::closed) {
    std::array<asio::const_buffer, Outbox::max_buffers> buffers;
    std::size_t const count = outbox_.buffers(buffers);
    std::size_t const due = asio::buffer_size(std::span(buffers.data(), count));
    sys::error_code error;
    std::size_t const taken = transport_->write_some({buffers.data(), count}, error);
    if (error && error != asio::error::would_block) return close();
    last_sent_ = last_taken_ = Clock::now();
    outbox_.consume(taken);
    if (taken == due) continue;
    blocked_ = true;
    tasks_.spawn(wait_until_writable());
    if (clock_.expiry() > next_tick()) clock_.cancel();
  }
  if (outbox_.bytes() < limits_.send_bytes) room_.cancel();
  if (state_ == State::ending && outbox_.empty()) end_connection();
}

Awaitable<> MessageSocket::wait_until_writable() {
  auto const error = co_await transport_->writable();
  blocked_ = false;
  error ? close() : flush();
}

Awaitable<bool> MessageSocket::room() {
  while (state_ == State::open && outbox_.bytes() >= limits_.send_bytes) co_await room_.async_wait(as_tuple);
  co_return state_ == State::open;
}

// --- reading ---

Awaitable<> MessageSocket::read(std::string early, OnMessage const& on_message) {
  for (bool more = co_await take_input(early, on_message); more;) {
    auto const error = co_await transport_->readable();
    std::string input;
    more = !error && state_ != State::closed && read_available(input);
    if (more) more = co_await take_input(input, on_message);
  }
  // Who has asked for a body may close its own side and still take it.
  if (form_ != Form::websocket && state_ != State::closed) co_await transport_->broken();
}

// False: the peer has closed its side, or is gone. What it sent is handed on in a copy, so that a slow message keeps
// no large buffer, and nobody shares one across a wait.
bool MessageSocket::read_available(std::string& input) {
  static thread_local std::array<char, 16 * 1024> scratch;
  sys::error_code error;
  std::size_t const size = transport_->read_some(asio::buffer(scratch), error);
  if (error) return error == asio::error::would_block;
  input.assign(scratch.data(), size);
  return true;
}

Awaitable<bool> MessageSocket::take_input(std::string_view input, OnMessage const& on_message) {
  if (input.empty()) co_return true;
  last_heard_ = Clock::now();
  // An answered ping makes the next one due, which may be long before the silence that was waited for.
  if (std::exchange(pinged_, false) && clock_.expiry() > next_tick()) clock_.cancel();
  auto cost = static_cast<std::int64_t>(input.size());
  while (form_ == Form::websocket && state_ != State::closed) {
    auto event = reader_.read(input);
    if (event.kind == WebsocketEvent::Kind::none) break;
    cost += limits_.message_cost;
    if (!take_event(event) || state_ != State::open) continue;
    co_await on_message(std::move(event.data));
    co_await room();  // who does not take the answers asks nothing more
  }
  if (auto const wait = allowance_.spend(Clock::now(), cost); wait.count() > 0) {
    asio::steady_timer pause(executor_, wait);
    co_await pause.async_wait(as_tuple);
    last_heard_ = Clock::now();
  }
  co_return state_ != State::closed;
}

// True: a message for whoever listens.
bool MessageSocket::take_event(WebsocketEvent const& event) {
  switch (event.kind) {
    case WebsocketEvent::Kind::text:
    case WebsocketEvent::Kind::binary:
      return true;
    case WebsocketEvent::Kind::ping:
      if (state_ == State::open && outbox_.bytes() <= max_unread_pongs) {
        outbox_.add(encode_pong(event.data));
        flush();
      }
      return false;
    case WebsocketEvent::Kind::close:
      peer_closed_ = true;
      state_ == State::open ? finish(event.code, "") : flush();
      return false;
    case WebsocketEvent::Kind::error:
      finish(event.code, event.data);
      return false;
    case WebsocketEvent::Kind::pong:
    case WebsocketEvent::Kind::none:
      return false;
  }
  return false;
}

// --- time, and the end ---

Awaitable<> MessageSocket::keep_time() {
  while (state_ != State::closed) {
    clock_.expires_at(next_tick());
    co_await clock_.async_wait(as_tuple);
    tick(Clock::now());
  }
}

MessageSocket::Clock::time_point MessageSocket::next_tick() const {
  if (state_ != State::open) return deadline_;
  auto const quiet = form_ != Form::websocket ? last_sent_ + limits_.comment
                     : pinged_                ? last_heard_ + limits_.silence
                                              : last_heard_ + limits_.ping;
  return blocked_ ? std::min(last_taken_ + limits_.stalled, form_ == Form::websocket ? quiet : Clock::time_point::max())
                  : quiet;
}

void MessageSocket::tick(Clock::time_point now) {
  if (now < next_tick()) return;
  if (state_ != State::open) return blocked_ ? drop() : close();
  if (blocked_ && now >= last_taken_ + limits_.stalled) {
    too_slow_ = true;
    return finish(close_code::try_again_later, "too slow");
  }
  if (form_ == Form::websocket && now >= last_heard_ + limits_.silence) return drop();
  pinged_ = true;
  if (blocked_) return;
  outbox_.add(position_.empty() ? frame_heartbeat(form_) : frame_comment(std::exchange(position_, {})));
  flush();
}

void MessageSocket::finish(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  if (form_ == Form::websocket) {
    outbox_.add(encode_close(code, reason));
  } else if (code == close_code::normal) {
    outbox_.add(last_chunk);  // any other end leaves the body incomplete, so that nobody takes it for the whole
  }
  state_ = State::ending;
  deadline_ = Clock::now() + limits_.linger;
  room_.cancel();
  clock_.cancel();
  flush();
}

// All is sent, the close too. A WebSocket's peer has its close frame to send, until the deadline.
void MessageSocket::end_connection() {
  if (form_ == Form::websocket && !reader_.ended()) return;
  transport_->finish();
  if (peer_closed_) close();
}

void MessageSocket::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  transport_->close();
  room_.cancel();
  clock_.cancel();
}

void MessageSocket::drop() {
  if (state_ == State::closed) return;
  transport_->reset();
  close();
}

}  // namespace runcast
