// What a client's peer sends.
#include "hub/client.hpp"
#include "hub/shard.hpp"
#include "hub/websocket/writer.hpp"

namespace runcast {
namespace {

constexpr std::size_t max_urgent_bytes = 4096;  // a peer that pings without reading is answered no further

}  // namespace

// Nothing but the transport's own wait is kept for a peer that says nothing, which is what most do.
void Client::wait_until_readable() {
  transport_->when(Transport::Wait::readable, [weak = weak_from_this()](sys::error_code error) {
    if (auto const self = weak.lock()) self->on_readable(error);
  });
}

void Client::on_readable(sys::error_code error) {
  bool const more = !error && state_ != State::closed && read_available();
  more ? wait_until_readable() : end_reading();
}

// False: the peer is gone, or nothing more is wanted of it.
bool Client::read_available() {
  sys::error_code error;
  auto const scratch = shard_.scratch();
  std::size_t const size = transport_->read_some(scratch, error);
  input_ended_ = error == asio::error::eof;
  if (error) return error == asio::error::would_block;
  return take_input({static_cast<char const*>(scratch.data()), size});
}

// Who has asked for a body may close its own side and still take it.
void Client::end_reading() {
  if (!input_ended_ || is_websocket(cursor_.form()) || state_ == State::closed) return leave();
  transport_->when(Transport::Wait::broken, [weak = weak_from_this()](sys::error_code) {
    if (auto const self = weak.lock()) self->leave();
  });
}

void Client::leave() {
  close();
  shard_.leave(shared_from_this());
}

bool Client::take_input(std::string_view input) {
  bool const bearable = liveness_.heard(Liveness::Clock::now(), input.size(), limits());
  // A follower of a body has no more to say.
  while (is_websocket(cursor_.form()) && state_ != State::closed) {
    auto const event = reader_.read(input);
    if (event.kind == WebsocketEvent::Kind::none) break;
    take_event(event);
  }
  if (!bearable) finish(close_code::policy_violation, "too much was sent");
  if (!urgent_.empty()) pump();
  return bearable && state_ != State::closed;
}

void Client::take_event(WebsocketEvent const& event) {
  switch (event.kind) {
    case WebsocketEvent::Kind::ping:
      if (state_ == State::open && urgent_.size() <= max_urgent_bytes) urgent_ += encode_pong(event.data);
      return;
    case WebsocketEvent::Kind::pong:
      return liveness_.answered();
    case WebsocketEvent::Kind::close:
      peer_closed_ = true;
      finish(event.code, "");
      return pump();  // it may have been ending, and waited for this
    case WebsocketEvent::Kind::error:
      return finish(event.code, event.data);
    case WebsocketEvent::Kind::text:
    case WebsocketEvent::Kind::binary:
    case WebsocketEvent::Kind::none:
      return;  // a run's stream takes no messages
  }
}

}  // namespace runcast
