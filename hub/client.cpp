#include "hub/client.hpp"

#include <fmt/format.h>

#include "hub/shard.hpp"
#include "hub/websocket/frame.hpp"
#include "hub/websocket/writer.hpp"

namespace runcast {
namespace {

constexpr int writes_in_a_row = 2;  // before other clients have theirs

WebsocketLimits limits_for(Form form, WebsocketLimits limits) {
  limits.deflate = form == Form::deflate;
  return limits;
}

}  // namespace

Client::Client(Shard& shard, std::unique_ptr<Transport> transport, Follow follow)
    : Follower(follow.log, follow.form, follow.after),
      shard_(shard),
      transport_(std::move(transport)),
      filter_(follow.filter.passes_all() ? nullptr : std::make_unique<Filter>(std::move(follow.filter))),
      permit_(std::move(follow.permit)),
      told_(follow.after),
      urgent_(std::move(follow.opening)),
      early_(std::move(follow.early)),
      reader_(limits_for(follow.form, shard.websocket_limits())),
      liveness_(follow.form, shard.client_limits(), Liveness::Clock::now(), shard.ping_offset()),
      last_told_(Liveness::Clock::now()),
      last_event_sent_(follow.finished) {}

Client::~Client() = default;

ClientLimits const& Client::limits() const { return shard_.client_limits(); }

void Client::joined() {
  joined_ = true;
  take_input(std::exchange(early_, {})) ? wait_until_readable() : end_reading();
  shard_.pump_later(shared_from_this());
  shard_.remind(*this, tick(Liveness::Clock::now()));
}

// --- sending ---

void Client::pump() {
  if (!joined_ || blocked_ || state_ == State::closed) return;
  for (int writes = 1; send_once(); ++writes) {
    if (writes == writes_in_a_row) return shard_.pump_later(shared_from_this());
  }
}

// True: it may be called again at once.
bool Client::send_once() {
  Batch batch(limits().send_events, limits().send_bytes, cursor_.position());
  if (state_ == State::open && !last_event_sent_) collect(batch);
  std::size_t const due = rest_.left().size() + urgent_.size() + batch.bytes();
  if (due == 0) return nothing_to_send(batch);
  std::array<asio::const_buffer, Batch::max_slices + 2> buffers;
  std::size_t count = 0;
  if (!rest_.empty()) buffers[count++] = asio::buffer(rest_.left());
  if (!urgent_.empty()) buffers[count++] = asio::buffer(urgent_);
  count += batch.buffers(buffers.data() + count);
  sys::error_code error;
  std::size_t const taken = transport_->write_some({buffers.data(), count}, error);
  if (error && error != asio::error::would_block) {
    close();
    return false;
  }
  auto const now = Liveness::Clock::now();
  liveness_.wrote(now, taken, due);
  settle(batch, taken, now);
  auto& stats = shard_.stats();
  stats.writes.add();
  stats.bytes.add(taken);
  bool const more = taken == due && !error;
  if (!more) stats.blocked.add();
  if (!more) wait_until_writable();
  return more;
}

void Client::collect(Batch& batch) {
  cursor_.collect(batch, filter_.get());
  if (auto const first = cursor_.take_gap()) {
    urgent_ +=
        frame_message(cursor_.form(), fmt::format(R"({{"type":"gap","reason":"retention","firstSeq":{}}})", *first));
    told_ = cursor_.position();
  }
  if (cursor_.state() == Cursor::State::lacking) fetch_page();
}

void Client::fetch_page() {
  cursor_.fetch([weak = weak_from_this()](Result<HistoryPage> const& page) {
    auto const self = weak.lock();
    if (!self) return;
    auto const taken = self->cursor_.take(page);
    if (!taken) return self->finish(close_code::internal_error, taken.error().message);
    self->shard_.pump_later(self);
  });
}

// What the transport took comes off in the order in which it was offered.
void Client::settle(Batch const& batch, std::size_t taken, Time now) {
  std::size_t const of_rest = std::min(taken, rest_.left().size());
  if (of_rest > 0) rest_.consume(of_rest);
  taken -= of_rest;
  std::size_t const of_urgent = std::min(taken, urgent_.size());
  taken -= of_urgent;
  if (of_urgent == urgent_.size()) {
    release(urgent_);
  } else if (of_urgent > 0) {
    rest_.keep(std::exchange(urgent_, {}).substr(of_urgent));
  }
  auto cut = taken == batch.bytes() ? std::nullopt : batch.cut(taken);
  shard_.stats().events.add(cut ? batch.events_up_to(cut->position) : taken > 0 ? batch.events() : 0);
  if (taken == batch.bytes()) cursor_.move_to(batch.considered());
  if (cut) cursor_.move_to(cut->position);
  if (taken == 0) return;
  told_ = cut ? cut->position : batch.last_position();
  last_told_ = now;
  last_event_sent_ = cut ? cut->ends : batch.ends();
  if (cut && !cut->rest.empty()) rest_.keep(std::move(cut->segment), cut->rest);
}

bool Client::nothing_to_send(Batch const& batch) {
  if (batch.considered() != cursor_.position()) {  // the filter let nothing pass
    cursor_.move_to(batch.considered());
    return true;
  }
  if (state_ == State::ending) {
    end_connection();
    return false;
  }
  if (last_event_sent_) begin_ending(close_code::normal, "the run has ended");
  return last_event_sent_;
}

// All is sent, the close too.
void Client::end_connection() {
  if (is_websocket(cursor_.form()) && !reader_.ended()) return;  // its close frame is awaited, to the deadline
  transport_->finish();
  if (peer_closed_) close();
}

void Client::wait_until_writable() {
  blocked_ = true;
  cursor_.release();
  shard_.remind(*this, liveness_.next(limits()));
  transport_->when(Transport::Wait::writable, [weak = weak_from_this()](sys::error_code error) {
    if (auto const self = weak.lock()) self->on_writable(error);
  });
}

void Client::on_writable(sys::error_code error) {
  blocked_ = false;
  if (error) return close();
  // A crowd that catches up is writable all at once, and must not stand before the next live event.
  shard_.gives_way(*this) ? shard_.pump_later(shared_from_this()) : pump();
}

// --- the end, and what is due in between ---

void Client::finish(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  begin_ending(code, reason);
  pump();
}

void Client::begin_ending(std::uint16_t code, std::string_view reason) {
  if (!peer_closed_ && filter_) queue_position();
  if (is_websocket(cursor_.form())) {
    urgent_ += encode_close(code, reason);
  } else if (code == close_code::normal) {
    urgent_ += last_chunk;  // any other end leaves the body incomplete, so that nobody takes it for the run's
  }
  state_ = State::ending;
  deadline_ = Liveness::Clock::now() + limits().linger;
  shard_.remind(*this, deadline_);
}

Client::Time Client::tick(Time now) {
  if (state_ != State::open) return tick_ending(now);
  switch (liveness_.due(now, limits())) {
    case Liveness::Due::stalled:
      shard_.stats().stalled.add();
      finish(close_code::try_again_later, "too slow");
      return deadline_;
    case Liveness::Due::gone:
      drop();
      return tick_ending(now);
    case Liveness::Due::heartbeat:
      urgent_ += frame_heartbeat(cursor_.form());
      break;
    case Liveness::Due::nothing:
      break;
  }
  if (owes_position() && now >= last_told_ + limits().position) queue_position();
  if (!urgent_.empty()) pump();
  if (state_ != State::open) return deadline_;
  auto const next = liveness_.next(limits());
  return std::max(filter_ ? std::min(next, now + limits().position) : next, now + std::chrono::milliseconds(1));
}

Client::Time Client::tick_ending(Time now) {
  if (state_ == State::closed) return now + limits().linger;
  // Whoever still takes something may have all of it.
  auto const due = blocked_ && !peer_closed_ ? std::max(deadline_, liveness_.stalls_at(limits())) : deadline_;
  if (now < due) return due;
  blocked_ ? drop() : close();  // what the kernel has taken still arrives after a close
  return now + limits().linger;
}

void Client::queue_position() {
  told_ = cursor_.position();
  last_told_ = Liveness::Clock::now();
  urgent_ += frame_message(cursor_.form(), fmt::format(R"({{"type":"position","upTo":{}}})", told_), "",
                           fmt::format("{}:{}", shard_.epoch(), told_));
}

void Client::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  transport_->close();
}

void Client::drop() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  transport_->reset();
}

}  // namespace runcast
