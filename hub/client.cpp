#include "hub/client.hpp"

#include <fmt/format.h>

#include "hub/shard.hpp"
#include "hub/websocket/frame.hpp"
#include "hub/websocket/writer.hpp"

namespace runcast {
namespace {

constexpr int turns_in_a_row = 4;               // before other clients have theirs
constexpr std::size_t max_urgent_bytes = 4096;  // a peer that pings without reading is answered no further
constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace

Client::Client(Shard& shard, std::unique_ptr<Transport> transport, Follow follow)
    : shard_(shard),
      transport_(std::move(transport)),
      filter_(follow.filter.passes_all() ? nullptr : std::make_unique<Filter>(std::move(follow.filter))),
      log_(follow.log),
      cursor_(follow.after),
      told_(follow.after),
      log_end_(UINT64_MAX),
      urgent_(std::move(follow.opening)),
      early_(std::move(follow.early)),
      reader_(shard.websocket_limits()),
      last_taken_(Clock::now()),
      last_sent_(last_taken_),
      last_told_(last_taken_),
      last_ping_(last_taken_ - shard.ping_offset()),
      form_(follow.form),
      last_event_sent_(follow.finished) {}

Client::~Client() = default;

ClientLimits const& Client::limits() const { return shard_.client_limits(); }

// --- sending ---

void Client::pump() {
  if (blocked_ || state_ == State::closed) return;
  for (int turn = 0; send_once(); ++turn) {
    if (turn == turns_in_a_row) return shard_.pump_later(shared_from_this());
  }
}

bool Client::send_once() {
  Batch batch(limits().send_events, limits().send_bytes, cursor_);
  if (!last_event_sent_) collect(batch);
  if (rest_.empty() && urgent_.empty() && batch.empty()) {
    bool const passed_over = batch.considered() != cursor_;  // by the filter, all of it
    cursor_ = batch.considered();
    if (passed_over && state_ == State::ready) return true;
    if (last_event_sent_ || state_ == State::ending) all_is_sent();
    return !urgent_.empty();
  }
  std::array<asio::const_buffer, Batch::max_slices + 2> buffers;
  std::size_t count = 0;
  if (!rest_.empty()) buffers[count++] = asio::buffer(rest_);
  if (!urgent_.empty()) buffers[count++] = asio::buffer(urgent_);
  count += batch.buffers(buffers.data() + count);
  std::size_t const due = rest_.size() + urgent_.size() + batch.bytes();
  sys::error_code error;
  std::size_t const taken = transport_->write_some({buffers.data(), count}, error);
  if (error && error != asio::error::would_block) {
    close();
    return false;
  }
  settle(batch, taken);
  if (taken == due) return true;
  wait_until_writable();
  return false;
}

void Client::collect(Batch& batch) {
  if (state_ != State::ready && state_ != State::at_end) return;
  state_ = State::ready;
  for (Window::Place place; !batch.full() && find_next(batch.considered(), place);) batch.take(place, filter_.get());
}

bool Client::find_next(std::uint64_t after, Window::Place& place) {
  if (page_ && (page_->last_position() <= after || page_->first_position() > after + 1)) page_.reset();
  if (page_) {
    auto const frames = page_->frames();
    auto const next = std::ranges::partition_point(frames, [&](FrameInfo const& f) { return f.position <= after; });
    place = {page_, static_cast<std::size_t>(next - frames.begin())};
    return true;
  }
  Window const& window = shard_.window(*this);
  switch (window.reach(after)) {
    case Window::Reach::held:
      place = window.find(after);
      return true;
    case Window::Reach::end:
      // An empty window knows nothing of the time before it: then history must have said that this is the end.
      if (window.bytes() > 0 || log_end_ == after) {
        state_ = State::at_end;
        return false;
      }
      [[fallthrough]];
    case Window::Reach::history:
      if (after != cursor_) return false;  // send what was found already, first
      page_ = shard_.pages().find(log_, form_, after);
      if (page_) return find_next(after, place);
      fetch_page();
      return false;
  }
  return false;
}

void Client::fetch_page() {
  state_ = State::fetching;
  shard_.pages().fetch(log_, form_, cursor_, [weak = weak_from_this()](Result<HistoryPage> const& page) {
    if (auto const self = weak.lock()) self->take_page(page);
  });
}

void Client::take_page(Result<HistoryPage> const& page) {
  if (state_ != State::fetching) return;  // it is ending
  state_ = State::ready;
  if (!page) return finish(close_code::internal_error, page.error().message);
  Segment const& events = *page->events;
  if (!events.empty() && events.last_position() > cursor_) {
    page_ = page->events;
    if (page->at_end) shard_.offer_to_window(*this, page_);
  } else if (page->at_end) {
    log_end_ = cursor_;
  }
  pump();
}

void Client::settle(Batch const& batch, std::size_t taken) {
  if (taken > 0) last_taken_ = last_sent_ = Clock::now();
  auto const consume = [&taken](std::string& text) {
    std::size_t const size = std::min(taken, text.size());
    taken -= size;
    size == text.size() ? text = {} : text.erase(0, size);
  };
  if (!rest_.empty()) consume(rest_);
  if (!urgent_.empty()) consume(urgent_);
  if (!urgent_.empty() && rest_.empty()) std::swap(rest_, urgent_);  // it may be cut within a message
  if (taken == batch.bytes()) {
    cursor_ = batch.considered();
    if (!batch.empty()) told_ = batch.last_position(), last_told_ = last_sent_;
    last_event_sent_ = last_event_sent_ || batch.ends();
  } else if (auto cut = batch.cut(taken); cut.last_touched) {
    cursor_ = told_ = *cut.last_touched;
    rest_ = std::move(cut.rest);
    last_event_sent_ = cut.ends;
  }
}

void Client::all_is_sent() {
  if (state_ != State::ending) return finish(close_code::normal, "the run has ended");
  if (form_ == Form::websocket && !reader_.ended()) return;  // its close frame is awaited, until the deadline
  transport_->finish();
  if (peer_closed_) close();
}

void Client::wait_until_writable() {
  blocked_ = true;
  page_.reset();
  shard_.remind(*this, Clock::now() + limits().stalled);
  shard_.spawn(write_loop());
}

Awaitable<> Client::write_loop() {
  auto const self = shared_from_this();
  auto const error = co_await transport_->writable();
  blocked_ = false;
  if (error) {
    close();
  } else {
    pump();
  }
}

// --- reading ---

Awaitable<> Client::read_loop() {
  auto const self = shared_from_this();
  take_input(std::exchange(early_, {}));
  while (state_ != State::closed) {
    auto const error = co_await transport_->readable();
    if (error || !read_available()) break;
  }
  close();
}

// False: the peer is gone, or nothing more is wanted of it.
bool Client::read_available() {
  sys::error_code error;
  auto const scratch = shard_.scratch();
  std::size_t const size = transport_->read_some(scratch, error);
  if (error) return error == asio::error::would_block;
  return take_input({static_cast<char const*>(scratch.data()), size});
}

bool Client::take_input(std::string_view input) {
  if (form_ != Form::websocket) return true;  // a follower of a body has no more to say
  last_taken_ = Clock::now();
  while (state_ != State::closed) {
    auto event = reader_.read(input);
    if (event.kind == WebsocketEvent::Kind::none) break;
    take_event(std::move(event));
  }
  return state_ != State::closed;
}

void Client::take_event(WebsocketEvent event) {
  switch (event.kind) {
    case WebsocketEvent::Kind::ping:
      if (state_ == State::ending || urgent_.size() > max_urgent_bytes) return;
      urgent_ += encode_pong(event.data);
      return pump();
    case WebsocketEvent::Kind::pong:
      ping_waits_ = false;
      return;
    case WebsocketEvent::Kind::close:
      peer_closed_ = true;
      finish(event.code, "");
      return pump();
    case WebsocketEvent::Kind::error:
      return finish(event.code, event.data);
    case WebsocketEvent::Kind::text:
    case WebsocketEvent::Kind::binary:
    case WebsocketEvent::Kind::none:
      return;  // a run's stream takes no messages
  }
}

// --- the end, and what is due in between ---

void Client::finish(std::uint16_t code, std::string_view reason) {
  if (state_ == State::ending || state_ == State::closed) return;
  if (!peer_closed_) queue_position();
  if (form_ == Form::websocket) {
    urgent_ += encode_close(code, reason);
  } else if (code == close_code::normal) {
    urgent_ += last_chunk;  // any other end leaves the body incomplete, so that nobody takes it for the run's
  }
  state_ = State::ending;
  last_event_sent_ = true;
  deadline_ = Clock::now() + limits().linger;
  shard_.remind(*this, deadline_);
  pump();
}

Client::Clock::time_point Client::tick(Clock::time_point now) {
  if (state_ == State::closed) return now + limits().ping;
  if (state_ == State::ending) {
    auto const due = blocked_ ? std::max(deadline_, last_taken_ + limits().stalled) : deadline_;
    if (now >= due) blocked_ ? drop() : close();  // what the kernel has taken still arrives after a close
    return std::max(due, now + std::chrono::seconds(1));
  }
  if (blocked_ && now >= last_taken_ + limits().stalled) {
    finish(close_code::try_again_later, "too slow");
    return deadline_;
  }
  if (ping_waits_ && now >= std::max(last_ping_, last_taken_) + limits().pong_wait) {
    drop();
    return now + limits().ping;
  }
  queue_heartbeat();
  if (filter_ && told_ < cursor_ && now >= last_told_ + limits().position) queue_position();
  pump();
  auto const heartbeat = form_ == Form::websocket ? last_ping_ + limits().ping : last_sent_ + limits().comment;
  auto next = std::min(heartbeat, now + limits().position);
  if (state_ == State::ending) next = std::min(next, deadline_);
  if (blocked_) next = std::min(next, last_taken_ + limits().stalled);
  if (ping_waits_) next = std::min(next, std::max(last_ping_, last_taken_) + limits().pong_wait);
  return std::max(next, now + std::chrono::milliseconds(1));
}

void Client::queue_heartbeat() {
  auto const now = Clock::now();
  if (form_ == Form::websocket) {
    if (now < last_ping_ + limits().ping) return;
    last_ping_ = now;
    if (ping_waits_ || blocked_) return;
    ping_waits_ = true;
    urgent_ += encode_ping();
  } else if (!blocked_ && now >= last_sent_ + limits().comment) {
    last_sent_ = now;
    urgent_ += form_ == Form::sse ? "3\r\n:\n\n\r\n" : "1\r\n\n\r\n";
  }
}

void Client::queue_position() {
  if (!filter_ || told_ >= cursor_) return;
  told_ = cursor_;
  last_told_ = Clock::now();
  urgent_ += frame_message(form_, fmt::format(R"({{"type":"position","upTo":{}}})", cursor_), "",
                           fmt::format("{}:{}", shard_.epoch(), cursor_));
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

std::string frame_message(Form form, std::string_view json, std::string_view event, std::string_view sse_id) {
  if (form == Form::websocket) return encode_text(json);
  std::string text;
  if (form == Form::sse) {
    if (!event.empty()) text += fmt::format("event: {}\n", event);
    if (!sse_id.empty()) text += fmt::format("id: {}\n", sse_id);
    text += fmt::format("data: {}\n\n", json);
  } else {
    text = fmt::format("{}\n", json);
  }
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

}  // namespace runcast
