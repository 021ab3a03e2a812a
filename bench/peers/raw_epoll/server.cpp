#include "bench/peers/raw_epoll/server.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench/common/wall_clock.hpp"
#include "hub/websocket/handshake.hpp"
#include "hub/websocket/writer.hpp"
#include "model/segment.hpp"

namespace runcast::bench {
namespace {

int checked(int result, char const* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

int listen_on(std::uint16_t port) {
  int const fd = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  int const on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));  // inherited by what is accepted
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  checked(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), "bind");
  checked(::listen(fd, 4096), "listen");
  return fd;
}

// The value of a header field whose name is given as ": " ends it, or nothing.
std::string_view field(std::string_view request, std::string_view name) {
  auto const at = request.find(name);
  if (at == request.npos) return {};
  auto const begin = at + name.size();
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

// The run that "GET /runs/17 …" asks for.
unsigned run_of(std::string_view request) {
  unsigned run = 0;
  auto const at = request.find("/runs/");
  if (at != request.npos) std::from_chars(request.data() + at + 6, request.data() + request.size(), run);
  return run;
}

}  // namespace

RawServer::RawServer(PeerOptions const& options)
    : options_(options),
      schedule_(options),
      writer_(options.message_bytes),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      listener_(listen_on(options.port)),
      timer_(checked(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")),
      runs_(options.runs) {
  for (unsigned i = 0; i < runs_.size(); ++i) runs_[i].name = run_name(i);
  for (int fd : {listener_, timer_}) {
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = fd}};
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
}

RawServer::~RawServer() {
  for (int fd : {listener_, timer_, epoll_}) ::close(fd);
}

void RawServer::run() {
  announce_listening(options_.port);
  std::array<epoll_event, 512> events;
  while (!closing_ || open_ > 0) {
    int const count = ::epoll_wait(epoll_, events.data(), events.size(), wait_time(wall_clock_ns()));
    for (int i = 0; i < count; ++i) on_ready(events[i].data.fd, events[i].events);
    if (!schedule_.started() || closing_) continue;
    produce();
    flush(wall_clock_ns());
    if (schedule_.finished(produced_, wall_clock_ns()) && all_sent()) close_all();
  }
}

// Zero while there is something to do at once; else until an event of epoll, of which the timer is one.
int RawServer::wait_time(std::int64_t now) {
  if (!schedule_.started() || closing_) return -1;
  if (!stuck_ && produced_ < schedule_.due(now)) return 0;
  std::int64_t next = now + 100'000'000;
  if (std::ranges::any_of(runs_, &Run::pending)) {
    next = std::min(next, flushed_at_ + options_.tick_us * std::int64_t{1000});
  }
  if (!stuck_ && options_.mode == Mode::rate) next = std::min(next, schedule_.due_time(produced_, now));
  if (next <= now) return 0;
  arm_timer(next);
  return -1;
}

void RawServer::arm_timer(std::int64_t at) {
  if (at == timer_at_) return;
  timer_at_ = at;
  itimerspec const spec{.it_interval = {}, .it_value = {.tv_sec = at / 1'000'000'000, .tv_nsec = at % 1'000'000'000}};
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void RawServer::on_ready(int fd, std::uint32_t events) {
  if (fd == listener_) return accept_all();
  if (fd == timer_) return;
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_from(fd);
  if ((events & EPOLLOUT) && clients_[fd].blocked) {
    clients_[fd].blocked = false;
    send_to(fd);
  }
}

void RawServer::accept_all() {
  for (int fd; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    if (clients_.size() <= static_cast<std::size_t>(fd)) clients_.resize(fd + 1);
    clients_[fd] = Client{};
    clients_[fd].stage = Stage::handshake;
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = fd}};
    checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
}

void RawServer::read_from(int fd) {
  while (clients_[fd].stage != Stage::none) {
    ssize_t const size = ::recv(fd, input_.data(), input_.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return drop(fd);
    if (clients_[fd].stage == Stage::handshake) shake_hands(fd, {input_.data(), static_cast<std::size_t>(size)});
  }
}

// A request that does not come in one piece is not answered: over loopback it always does.
void RawServer::shake_hands(int fd, std::string_view request) {
  if (!request.ends_with("\r\n\r\n")) return drop(fd);
  std::string const answer = upgrade_response(websocket_accept(field(request, "Sec-WebSocket-Key: ")));
  if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return drop(fd);
  Client& client = clients_[fd];
  client.stage = Stage::open;
  client.run = run_of(request) % options_.runs;
  Run& run = runs_[client.run];
  client.cursor = {run.window.end_block(), 0};
  run.clients.push_back(fd);
  if (++open_ == options_.subscribers && options_.mode != Mode::idle) schedule_.start(wall_clock_ns());
}

void RawServer::drop(int fd) {
  Client& client = clients_[fd];
  if (client.stage == Stage::open) {
    std::erase(runs_[client.run].clients, fd);
    --open_;
  }
  client.stage = Stage::none;
  ::close(fd);
}

void RawServer::produce() {
  std::int64_t const now = wall_clock_ns();
  std::uint64_t const due = schedule_.due(now);
  std::uint64_t const before = produced_;
  if (options_.mode == Mode::saturated) {
    for (Run& run : runs_) {
      if (produced_ < due) fill(run, now);
    }
  } else {
    while (produced_ < due && produce_one(runs_[produced_ % runs_.size()], schedule_.due_time(produced_, now))) {
    }
  }
  stuck_ = produced_ == before && produced_ < due;
}

// Up to the end of a block, if the slowest client leaves room for it.
void RawServer::fill(Run& run, std::int64_t now) {
  while (produce_one(run, now) && run.window.last_block_takes(frame_size_)) {
  }
}

bool RawServer::produce_one(Run& run, std::int64_t due_time) {
  std::string_view const json = writer_.write(run.name, run.seq + 1, produced_ + 1, due_time);
  std::array<char, 10> header;
  std::size_t const header_size = write_frame_header(header.data(), 0x80 | opcode::text, json.size());
  frame_size_ = header_size + json.size();
  if (!make_room(run, frame_size_)) return false;
  run.window.append({header.data(), header_size}, json);
  ++run.seq;
  ++produced_;
  run.pending = true;
  return true;
}

bool RawServer::make_room(Run& run, std::size_t bytes) {
  if (run.window.has_room(bytes)) return true;
  std::uint64_t slowest = run.window.end_block();
  for (int fd : run.clients) slowest = std::min(slowest, clients_[fd].cursor.block);
  run.window.trim(std::min(slowest, run.window.end_block() - 1));
  return run.window.has_room(bytes);
}

void RawServer::flush(std::int64_t now) {
  if (options_.tick_us > 0 && now - flushed_at_ < options_.tick_us * std::int64_t{1000}) return;
  for (Run& run : runs_) {
    if (!run.pending) continue;
    run.pending = false;
    flushed_at_ = now;
    for (int fd : run.clients) {
      if (!clients_[fd].blocked) send_to(fd);
    }
  }
}

void RawServer::send_to(int fd) {
  Client& client = clients_[fd];
  Window& window = runs_[client.run].window;
  for (std::string_view left; !(left = window.ahead_of(client.cursor)).empty();) {
    ssize_t const sent = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      client.blocked = true;  // or gone, which epoll tells too
      return;
    }
    client.cursor.offset += static_cast<std::size_t>(sent);
  }
}

bool RawServer::all_sent() {
  return std::ranges::all_of(runs_, [this](Run& run) {
    return std::ranges::all_of(run.clients, [&](int fd) { return run.window.ahead_of(clients_[fd].cursor).empty(); });
  });
}

void RawServer::close_all() {
  closing_ = true;
  std::string const frame = encode_close(close_code::normal);
  for (Run const& run : runs_) {
    for (int fd : run.clients) ::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL);
  }
}

}  // namespace runcast::bench
