#include "bench/runcast/server.hpp"

#include <sys/socket.h>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

#include "bench/common/wall_clock.hpp"
#include "hub/websocket/handshake.hpp"
#include "model/event.hpp"

namespace runcast::bench {
namespace {

using asio::ip::tcp;

// What is kept of a run. A saturating producer waits for its clients, so that none needs more than the pace allows.
constexpr std::size_t history = 16 * 1024 * 1024;
constexpr std::size_t saturated_history = 4 * Pace::max_ahead;

std::string_view field(std::string_view request, std::string_view name) {
  auto const at = request.find(name);
  if (at == request.npos) return {};
  auto const begin = at + name.size();
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

unsigned run_of(std::string_view request) {
  unsigned run = 0;
  auto const at = request.find("/runs/");
  if (at != request.npos) std::from_chars(request.data() + at + 6, request.data() + request.size(), run);
  return run;
}

Ulid log_of(unsigned run) {
  Ulid::Bytes bytes{};
  bytes[14] = static_cast<std::uint8_t>(run >> 8);
  bytes[15] = static_cast<std::uint8_t>(run);
  return Ulid(bytes);
}

std::string stream_open(std::string const& run, std::uint64_t last_seq) {
  return fmt::format(
      R"({{"type":"stream_open","runId":"{}","epoch":"bench","firstSeq":1,"lastSeq":{},"status":"running"}})", run,
      last_seq);
}

}  // namespace

HubServer::HubServer(PeerOptions const& options)
    : options_(options),
      schedule_(options),
      writer_(options.message_bytes),
      history_(options.mode == Mode::saturated ? saturated_history : history) {
  for (unsigned i = 0; i < options.runs; ++i) {
    runs_.push_back(std::make_unique<Run>(context_.get_executor()));
    runs_.back()->name = run_name(i);
    runs_.back()->log = log_of(i);
  }
  std::array<asio::any_io_executor, 1> const executors{context_.get_executor()};
  HubOptions hub_options;
  hub_options.epoch = "bench";
  hub_ = std::make_unique<Hub>(std::move(hub_options), history_, executors);
}

void HubServer::run() {
  tasks_.spawn(hub_->shard(0).run());
  tasks_.spawn(listen());
  context_.run();
}

Awaitable<> HubServer::listen() {
  tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), options_.port});
  TcpTransport::prepare(acceptor);
  announce_listening(options_.port);
  while (true) {
    co_await acceptor.async_wait(tcp::acceptor::wait_read, as_tuple);
    for (int fd; (fd = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      greet(fd);
    }
  }
}

// The request has mostly come with the connection. One that does not come in one piece is not answered: over loopback
// it always does.
void HubServer::greet(int fd) {
  tcp::socket socket(context_, tcp::v4(), fd);
  ssize_t const size = ::recv(fd, request_.data(), request_.size(), 0);
  if (size > 0) return attach(std::move(socket), {request_.data(), static_cast<std::size_t>(size)});
  if (size == 0 || errno != EAGAIN) return;
  auto waiting = std::make_unique<tcp::socket>(std::move(socket));
  tcp::socket& peer = *waiting;
  peer.async_wait(tcp::socket::wait_read, [this, waiting = std::move(waiting)](sys::error_code error) {
    std::size_t const came = error ? 0 : waiting->read_some(asio::buffer(request_), error);
    if (!error) attach(std::move(*waiting), {request_.data(), came});
  });
}

void HubServer::attach(tcp::socket socket, std::string_view request) {
  UpgradeAnswer const answer = check_upgrade({.method = request.substr(0, request.find(' ')),
                                              .upgrade = field(request, "Upgrade: "),
                                              .connection = field(request, "Connection: "),
                                              .key = field(request, "Sec-WebSocket-Key: "),
                                              .version = field(request, "Sec-WebSocket-Version: "),
                                              .protocols = {}});
  if (answer.status != 101) return;
  Run& run = *runs_[run_of(request) % runs_.size()];
  Follow follow;
  follow.log = run.log;
  follow.after = run.seq;
  follow.opening = upgrade_response(answer.accept) + frame_message(Form::websocket, stream_open(run.name, run.seq));
  std::size_t const opening = follow.opening.size();
  hub_->shard(0).attach(std::make_unique<PacedTransport>(std::move(socket), run.pace, opening), std::move(follow));
  if (++attached_ == options_.subscribers && options_.mode != Mode::idle) start();
}

void HubServer::start() {
  schedule_.start(wall_clock_ns());
  if (options_.mode != Mode::saturated) return tasks_.spawn(produce_due());
  for (auto const& run : runs_) tasks_.spawn(saturate(*run));
}

Awaitable<> HubServer::saturate(Run& run) {
  constexpr std::size_t capacity = 64 * 1024;
  for (std::int64_t now; !schedule_.finished(produced_, now = wall_clock_ns());) {
    auto segment = std::make_shared<Segment>(Form::websocket, capacity);
    while (segment->fits(options_.message_bytes + 256)) write_event(run, *segment, now);
    std::size_t const bytes = segment->bytes().size();
    co_await publish(run, std::move(segment));
    co_await run.pace.publish(bytes);
  }
}

// All that is due by now goes in one publication for each run, as a commit would bring it.
Awaitable<> HubServer::produce_due() {
  for (std::int64_t now; !schedule_.finished(produced_, now = wall_clock_ns());) {
    std::uint64_t const due = std::min(schedule_.due(now), produced_ + runs_.size() * 128);
    std::size_t const most = (due - produced_) / runs_.size() + 1;
    std::map<Run*, std::shared_ptr<Segment>> segments;
    while (produced_ < due) {
      Run& run = *runs_[produced_ % runs_.size()];
      auto& segment = segments[&run];
      std::size_t const event_bytes = options_.message_bytes + 256 + Segment::max_overhead;
      if (!segment) segment = std::make_shared<Segment>(Form::websocket, most * event_bytes);
      write_event(run, *segment, schedule_.due_time(produced_, now));
    }
    for (auto& [run, segment] : segments) co_await publish(*run, std::move(segment));
    std::int64_t const left = schedule_.due_time(produced_, now) - wall_clock_ns();
    timer_.expires_after(std::chrono::nanoseconds(std::max<std::int64_t>(left, 0)));
    co_await timer_.async_wait(as_tuple);
  }
}

void HubServer::write_event(Run& run, Segment& segment, std::int64_t due_time) {
  FrameInfo info{.position = ++run.seq};
  info.type = static_cast<std::uint8_t>(EventType::step_log);
  segment.append(writer_.write(run.name, run.seq, ++produced_, due_time), info);
}

Awaitable<> HubServer::publish(Run& run, std::shared_ptr<Segment const> events) {
  history_.keep(run.log, events);
  std::vector<Publication> publications;
  publications.push_back({run.log, std::move(events)});
  co_await hub_->publish(std::move(publications));
}

}  // namespace runcast::bench
