#include "bench/load/load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "bench/common/wall_clock.hpp"
#include "hub/websocket/deflate.hpp"
#include "hub/websocket/frame.hpp"

namespace runcast::bench {
namespace {

constexpr std::size_t input_size = 256 * 1024;
constexpr std::uint16_t abnormal_closure = 1006;
constexpr double second = 1e9;

void send_all(int fd, std::string_view bytes) {
  if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "send");
  }
}

// A client's pong or close with a mask of zeros.
std::string control_frame(std::uint8_t code, std::string_view payload) {
  std::string frame{static_cast<char>(0x80 | code), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
  return frame.append(payload);
}

std::uint16_t close_code_of(std::string_view payload) {
  if (payload.size() < 2) return close_code::none;
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]));
}

}  // namespace

Load::Load(LoadOptions options)
    : options_(std::move(options)),
      clock_(options_.clock_key),
      clients_(options_.task == LoadOptions::Task::handshake ? options_.in_flight : options_.subscribers),
      buffer_(input_size),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

Load::~Load() { ::close(epoll_); }

LoadResult Load::run(std::function<void()> const& on_ready) {
  using enum LoadOptions::Task;
  if (options_.task == handshake) {
    measure_handshakes();
    return result_;
  }
  connect_all();
  on_ready();
  if (options_.task == receive) measure_receiving();
  if (options_.task == drain) measure_draining();
  if (options_.task == idle) measure_idling();
  return result_;
}

void Load::connect(std::size_t index) {
  Client& client = clients_[index];
  client = {.socket = connect_to(options_.port), .last_seq = options_.after};
  epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket.fd(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  auto const path = fmt::format(fmt::runtime(options_.path), index % options_.runs);
  send_all(client.socket.fd(), upgrade_request(options_.port, path, options_.deflate));
  ++unanswered_;
}

void Load::connect_all() {
  auto const read = [this](std::size_t index) { read_client(index); };
  for (std::size_t index = 0; index < clients_.size(); ++index) {
    connect(index);
    while (unanswered_ >= options_.in_flight) poll(1000, read);
    // The first ones pay for what is there once, whoever connects.
    if (options_.task == LoadOptions::Task::idle && index + 1 == clients_.size() / 10) {
      while (unanswered_ > 0) poll(1000, read);
      result_.before = usage_of(options_.servers);
      result_.connected_before = open_;
    }
  }
  while (unanswered_ > 0) poll(1000, read);
  result_.connected = open_;
}

void Load::poll(int timeout_ms, std::function<void(std::size_t)> const& on_input) {
  std::array<epoll_event, 256> events;
  int const count = ::epoll_wait(epoll_, events.data(), events.size(), timeout_ms);
  for (int i = 0; i < count; ++i) on_input(events[i].data.u64);
}

void Load::measure_receiving() {
  std::int64_t const started = wall_clock_ns();
  while (open_ > 0) {
    poll(20, [this](std::size_t index) { read_client(index); });
    std::int64_t const now = wall_clock_ns();
    if (first_event_at_ == 0) {
      if (static_cast<double>(now - started) > 30 * second) throw std::runtime_error("no event came within 30 s");
      continue;
    }
    auto const elapsed = static_cast<double>(now - first_event_at_) / second;
    if (!in_window_ && window_from_ == 0 && elapsed >= options_.warmup) begin_window(now);
    if (in_window_ && static_cast<double>(now - window_from_) / second >= options_.seconds) return end_window(now);
    if (quiet_since(now)) break;
  }
  if (in_window_) end_window(wall_clock_ns());
}

void Load::measure_draining() {
  begin_window(wall_clock_ns());
  auto const complete = [this](Client const& client) { return client.last_seq >= options_.messages; };
  std::int64_t checked = 0;
  while (open_ > 0) {
    poll(20, [this](std::size_t index) { read_client(index); });
    std::int64_t const now = wall_clock_ns();
    if (quiet_since(now)) break;
    if (now - checked < 1'000'000) continue;
    checked = now;
    if (std::ranges::all_of(clients_, complete)) break;
  }
  end_window(last_event_at_ != 0 ? last_event_at_ : wall_clock_ns());
  result_.incomplete = static_cast<unsigned>(clients_.size() - std::ranges::count_if(clients_, complete));
}

void Load::measure_idling() {
  result_.after = usage_of(options_.servers);
  begin_window(wall_clock_ns());
  auto const ends = window_from_ + static_cast<std::int64_t>(options_.seconds * second);
  while (wall_clock_ns() < ends) poll(20, [this](std::size_t index) { read_client(index); });
  end_window(wall_clock_ns());
}

void Load::measure_handshakes() {
  begin_window(wall_clock_ns());
  for (std::size_t index = 0; index < clients_.size(); ++index) connect(index);
  auto const ends = window_from_ + static_cast<std::int64_t>(options_.seconds * second);
  while (wall_clock_ns() < ends) {
    poll(20, [this](std::size_t index) {
      Client& client = clients_[index];
      read_client(index);
      if (!client.attached) return;
      ++result_.handshakes;
      client.socket.reset_on_close();
      client.socket = {};
      connect(index);
    });
  }
  end_window(wall_clock_ns());
}

// The rest of a frame is put behind its beginning, so that frames are always read in one piece.
void Load::read_client(std::size_t index) {
  Client& client = clients_[index];
  if (!client.socket) return;
  std::size_t const held = client.partial.size();
  if (held > buffer_.size() / 2) throw std::runtime_error("a frame is longer than the load takes");
  std::memcpy(buffer_.data(), client.partial.data(), held);
  ssize_t const size = ::recv(client.socket.fd(), buffer_.data() + held, buffer_.size() - held, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return end_client(client, abnormal_closure);
  client.partial.clear();
  std::string_view const input(buffer_.data(), held + static_cast<std::size_t>(size));
  client.attached ? read_frames(client, input) : read_answer(client, input);
}

void Load::read_answer(Client& client, std::string_view input) {
  auto const end = input.find("\r\n\r\n");
  if (end == input.npos) {
    client.partial = input;
    return;
  }
  if (!input.starts_with("HTTP/1.1 101")) {
    throw std::runtime_error(fmt::format("the server answered: {}", input.substr(0, input.find("\r\n"))));
  }
  client.attached = true;
  --unanswered_;
  ++open_;
  read_frames(client, input.substr(end + 4));
}

void Load::read_frames(Client& client, std::string_view input) {
  std::int64_t const now = wall_clock_ns();
  ServerFrame frame;
  Step step;
  while ((step = next_frame(input, frame)) == Step::frame) {
    switch (frame.opcode) {
      case opcode::text:
        on_text(client, frame, now);
        break;
      case opcode::ping:
        send_all(client.socket.fd(), control_frame(opcode::pong, frame.payload));
        break;
      case opcode::close:
        send_all(client.socket.fd(), control_frame(opcode::close, frame.payload.substr(0, 2)));
        return end_client(client, close_code_of(frame.payload));
      default:
        break;
    }
  }
  if (step == Step::broken) throw std::runtime_error("the server sent a broken frame");
  client.partial = input;
}

void Load::on_text(Client& client, ServerFrame const& frame, std::int64_t now) {
  auto const before = result_.total_deliveries;
  if (frame.compressed) {
    bool too_big = false;
    auto const text =
        options_.deflate ? inflate_message(std::string(frame.payload), input_size, too_big) : std::nullopt;
    if (!text) throw std::runtime_error("the server sent what cannot be expanded");
    on_event(client, *text, now);
  } else {
    on_event(client, frame.payload, now);
  }
  if (result_.total_deliveries > before) result_.total_bytes += frame.payload.size();
}

void Load::on_event(Client& client, std::string_view json, std::int64_t now) {
  std::uint64_t seq = 0;
  if (!seq_.find(json, seq)) return;  // a message about the stream itself
  if (seq > client.last_seq + 1) result_.missing += seq - client.last_seq - 1;
  if (seq <= client.last_seq) ++result_.repeated;
  client.last_seq = std::max(client.last_seq, seq);
  ++result_.total_deliveries;
  if (first_event_at_ == 0) first_event_at_ = now;
  last_event_at_ = now;
  if (!in_window_) return;
  ++result_.deliveries;
  if (std::uint64_t clock = 0; clock_.find(json, clock)) {
    result_.latency.record(now - static_cast<std::int64_t>(clock) * options_.clock_unit_ns);
  }
}

void Load::end_client(Client& client, std::uint16_t code) {
  ++result_.closes[code];
  client.socket.reset_on_close();
  client.socket = {};
  if (client.attached) {
    --open_;
  } else {
    --unanswered_;
  }
}

void Load::begin_window(std::int64_t now) {
  in_window_ = true;
  window_from_ = now;
  result_.server_cpu_ns = -cpu_of(options_.servers);
  result_.load_cpu_ns = -cpu_of({::getpid()});
}

void Load::end_window(std::int64_t now) {
  in_window_ = false;
  result_.server_cpu_ns += cpu_of(options_.servers);
  result_.load_cpu_ns += cpu_of({::getpid()});
  result_.window_seconds = static_cast<double>(now - window_from_) / second;
}

bool Load::quiet_since(std::int64_t now) const {
  std::int64_t const since = std::max({last_event_at_, window_from_});
  return since != 0 && static_cast<double>(now - since) / second > options_.quiet;
}

}  // namespace runcast::bench
