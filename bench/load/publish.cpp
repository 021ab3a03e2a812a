// Publishes the events of the bench over HTTP, for a peer whose producer cannot live in its process (nchan):
// POST PATH/N, pipelined over one connection, no more than a window of requests unanswered.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include "bench/common/message.hpp"
#include "bench/common/options.hpp"
#include "bench/common/schedule.hpp"
#include "bench/common/wall_clock.hpp"
#include "bench/load/socket.hpp"

namespace runcast::bench {
namespace {

class Publisher {
 public:
  explicit Publisher(PeerOptions const& options)
      : options_(options),
        schedule_(options),
        writer_(options.message_bytes),
        socket_(connect_to(options.port)),
        seqs_(options.runs) {}

  void run() {
    started_ = wall_clock_ns();
    schedule_.start(started_);
    while (!schedule_.finished(produced_, wall_clock_ns())) {
      std::int64_t const now = wall_clock_ns();
      for (std::uint64_t const due = due_by(now); produced_ < due && produced_ - answered_ < window;) {
        add_request(now);
      }
      send_some();
      wait(now);
      receive();
    }
    while (answered_ < produced_) {
      send_some();
      wait(wall_clock_ns());
      receive();
    }
  }

 private:
  static constexpr std::uint64_t window = 256;
  // nchan numbers a channel's messages within a second in 16 bits with a sign, and loses what goes beyond.
  static constexpr double most_a_second = 30'000;

  std::uint64_t due_by(std::int64_t now) const {
    double const elapsed = static_cast<double>(now - started_) / 1e9;
    auto const most = static_cast<std::uint64_t>(elapsed * most_a_second * options_.runs);
    return std::min(schedule_.due(now), most);
  }

  void add_request(std::int64_t now) {
    unsigned const run = static_cast<unsigned>(produced_ % options_.runs);
    std::int64_t const due_time = schedule_.due_time(produced_, now);
    std::string_view const json = writer_.write(run_name(run), ++seqs_[run], ++produced_, due_time);
    fmt::format_to(
        std::back_inserter(output_),
        "POST /publish/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{}", run,
        json.size(), json);
  }

  void send_some() {
    if (output_.empty()) return;
    ssize_t const sent = ::send(socket_.fd(), output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) throw std::system_error(errno, std::generic_category(), "send");
    if (sent > 0) output_.erase(0, static_cast<std::size_t>(sent));
  }

  // For room, for answers, or until another event may be due.
  void wait(std::int64_t now) {
    pollfd ready{.fd = socket_.fd(), .events = POLLIN, .revents = 0};
    if (!output_.empty()) ready.events |= POLLOUT;
    bool const blocked = produced_ - answered_ >= window || schedule_.finished(produced_, now);
    std::int64_t left = blocked ? 100'000'000 : 100'000;
    if (!blocked && options_.mode == Mode::rate) {
      left = std::clamp<std::int64_t>(schedule_.due_time(produced_, now) - wall_clock_ns(), 0, 100'000'000);
    }
    timespec const timeout{.tv_sec = 0, .tv_nsec = left};
    ::ppoll(&ready, 1, &timeout, nullptr);
  }

  // Counts the answers' status lines; anything but success ends the publishing.
  void receive() {
    ssize_t const size = ::recv(socket_.fd(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) throw std::runtime_error("the server closed the connection");
    input_.append(buffer_.data(), static_cast<std::size_t>(size));
    constexpr std::string_view line = "HTTP/1.1 ";
    std::size_t at = 0;
    for (std::size_t found; (found = input_.find(line, at)) != input_.npos && found + line.size() < input_.size();) {
      at = found + line.size();
      if (input_[at] != '2') throw std::runtime_error("the server refused an event: " + input_.substr(found, 40));
      ++answered_;
    }
    input_.erase(0, std::max(at, input_.size() - std::min(input_.size(), line.size())));
  }

  PeerOptions options_;
  Schedule schedule_;
  MessageWriter writer_;
  Socket socket_;
  std::vector<std::uint64_t> seqs_;
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);
  std::string output_, input_;
  std::int64_t started_ = 0;
  std::uint64_t produced_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace
}  // namespace runcast::bench

int main(int argc, char** argv) {
  using namespace runcast::bench;
  try {
    Publisher(parse_peer_options(argc, argv, "Publishes events over HTTP")).run();
  } catch (std::exception const& error) {
    std::fprintf(stderr, "hub-publish: %s\n", error.what());
    return 1;
  }
}
