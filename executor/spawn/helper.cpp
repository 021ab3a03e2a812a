#include "executor/spawn/helper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "executor/spawn/attempts.hpp"
#include "executor/spawn/launch.hpp"
#include "executor/spawn/packet_socket.hpp"

namespace runcast {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int server_fd = 3;
// How long the server waits to hear of a start: most commands that are over sooner are told of once, with their end.
constexpr Millis tell_delay{2};

constexpr Millis stale_bound{5'000};  // what a SIGKILL does not end in this time hangs in the kernel

void pause_for(Millis duration) {
  timespec const time{0, static_cast<long>(std::chrono::nanoseconds(duration).count())};
  ::nanosleep(&time, nullptr);
}

// A child's end wakes poll() instead of interrupting anything.
OwnedFd watch_children() {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  return OwnedFd(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
}

bool holds_something(OwnedFd const& pipe) {
  int present = 0;
  return ::ioctl(pipe.get(), FIONREAD, &present) != 0 || present > 0;
}

class Helper {
 public:
  Helper(PacketSocket server, std::string instance)
      : server_(std::move(server)), marks_(std::move(instance)), attempts_(marks_), children_(watch_children()) {}

  void run() {
    while (connected_) {
      if (wait()) {
        while (connected_ && receive()) continue;
      }
      for (auto const& exited : attempts_.settle(Clock::now())) tell(exited);
      tell_due();
    }
    untold_.clear();
    while (attempts_.kill_all(Clock::now())) wait();
  }

 private:
  // Until the server says something, which it answers, a child ends, or something else is due.
  bool wait() {
    pollfd watched[] = {{connected_ ? server_.fd() : -1, POLLIN, 0}, {children_.get(), POLLIN, 0}};
    ::poll(watched, 2, next_due());
    signalfd_siginfo info;  // SIGCHLD does not queue: there is one at most
    if (watched[1].revents != 0) static_cast<void>(::read(children_.get(), &info, sizeof info));
    return watched[0].revents != 0;
  }

  // Milliseconds, for poll(2).
  int next_due() const {
    auto const now = Clock::now();
    auto const look = attempts_.next_look(now);
    if (untold_.empty()) return look;
    auto const left = std::chrono::ceil<Millis>(untold_.begin()->second.tell_at - now);
    auto const tell = static_cast<int>(std::max(left, Millis{0}).count());
    return look < 0 ? tell : std::min(look, tell);
  }

  // One message, if there is one.
  bool receive() {
    Packet packet;
    if (auto const error = server_.receive(packet)) {
      connected_ = error.value() == EAGAIN;
      return false;
    }
    auto const message = wire::decode(packet.body);
    if (!message) {
      connected_ = false;
      return false;
    }
    std::visit([this](auto const& alternative) { handle(alternative); }, *message);
    return true;
  }

  void handle(wire::Spawn const& request) {
    bool const marked = marks_.set(request.serial);
    auto launched = launch(request);
    if (!launched) return send(wire::SpawnFailed{request.serial, launched.error()});
    attempts_.add(request.serial, launched->pid, request.attempt_id, marked);
    untold_.emplace(request.serial, Untold{std::move(*launched), Clock::now() + tell_delay});
  }

  // An attempt is over.
  void tell(wire::Exited const& exited) {
    auto const started = untold_.extract(exited.serial);
    if (!started) return send(exited);
    auto const& launched = started.mapped().launched;
    wire::Spawned const message{exited.serial, launched.pid, exited.wait_status};
    if (holds_something(launched.out) || holds_something(launched.err)) {
      send(message, std::array{launched.out.get(), launched.err.get()});
    } else {
      send(message);
    }
  }

  // Those that have been running for a while.
  void tell_due() {
    auto const now = Clock::now();
    while (!untold_.empty() && untold_.begin()->second.tell_at <= now) {
      auto const& [serial, started] = *untold_.begin();
      auto const& launched = started.launched;
      send(wire::Spawned{serial, launched.pid, {}}, std::array{launched.out.get(), launched.err.get()});
      untold_.erase(untold_.begin());
    }
  }

  void handle(wire::Terminate const& request) { attempts_.terminate(request.serial, request.grace, Clock::now()); }

  void handle(wire::KillStale const&) {
    std::uint32_t total = 0;
    auto const until = Clock::now() + stale_bound;
    while (auto const found = marks_.kill_instance()) {
      total = std::max(total, found);
      if (Clock::now() > until) break;
      pause_for(Millis{2});
    }
    send(wire::StaleKilled{total});
  }

  // The server sends no other message.
  template <class Message>
  void handle(Message const&) {
    connected_ = false;
  }

  // Waits until the server takes it: one that does not read has no use for more.
  void send(wire::Message const& message, std::span<int const> fds = {}) {
    auto const body = wire::encode(message);
    while (connected_) {
      auto const error = server_.send(body, fds);
      if (!error) return;
      if (error.value() == EAGAIN) {
        pollfd writable{server_.fd(), POLLOUT, 0};
        ::poll(&writable, 1, -1);
      } else if (error.value() == ETOOMANYREFS || error.value() == ENOBUFS) {
        pause_for(Millis{1});  // descriptors that the server has yet to receive
      } else {
        connected_ = false;
      }
    }
  }

  struct Untold {
    Launched launched;
    Clock::time_point tell_at;
  };

  PacketSocket server_;
  bool connected_ = true;
  AttemptMarks marks_;
  Attempts attempts_;
  OwnedFd children_;
  std::map<wire::Serial, Untold> untold_;  // in the order in which they were started
};

// The server's first message, waited for.
Result<std::string> receive_hello(PacketSocket& server) {
  Packet packet;
  if (auto const error = server.receive(packet)) return fail(Errc::io, error.message());
  auto const message = wire::decode(packet.body);
  if (!message) return message.error();
  auto const* const hello = std::get_if<wire::Hello>(&*message);
  if (hello == nullptr || hello->version != RUNCAST_VERSION) {
    return fail(Errc::conflict, "the spawn helper is of another version than its server");
  }
  return hello->instance;
}

}  // namespace

bool is_spawn_helper(int argc, char const* const* argv) {
  return argc == 2 && std::string_view(argv[1]) == spawn_helper_word;
}

int run_spawn_helper() {
  ::prctl(PR_SET_NAME, "runcast-spawn");
  for (int const signal : ignored_signals) ::signal(signal, SIG_IGN);
  PacketSocket server{OwnedFd(server_fd)};
  ::fcntl(server_fd, F_SETFD, FD_CLOEXEC);
  auto instance = receive_hello(server);
  if (!instance) {
    fmt::print(stderr, "runcast: spawn helper: {}\n", instance.error().message);
    return 1;
  }
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    std::perror("runcast: spawn helper: cannot become a subreaper");
    return 1;
  }
  ::fcntl(server_fd, F_SETFL, O_NONBLOCK);
  Helper(std::move(server), std::move(*instance)).run();
  return 0;
}

}  // namespace runcast
