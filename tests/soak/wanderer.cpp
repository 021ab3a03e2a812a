#include "tests/soak/wanderer.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <sys/socket.h>

#include <fmt/format.h>

#include "bench/load/frame_walker.hpp"
#include "hub/websocket/frame.hpp"

namespace runcast::soak {
namespace {

constexpr std::uint64_t most_faults_told = 20;

std::string text_in(std::string_view json, std::string_view name) {
  std::string const key = fmt::format("\"{}\":\"", name);
  auto const at = json.find(key);
  if (at == json.npos) return {};
  auto const begin = at + key.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

}  // namespace

Wanderer::Wanderer(std::uint16_t port, std::string run, bool filtered, Record& record, Tally& tally, std::uint32_t seed)
    : port_(port), run_(std::move(run)), filtered_(filtered), record_(record), tally_(tally), random_(seed) {}

void Wanderer::turn(Clock::time_point now) {
  if (done_ || now < not_before_) return;
  if (!socket_) return connect(now);
  if (chance(100)) {
    ++tally_.stalls;
    not_before_ = now + std::chrono::milliseconds(random_() % 300);
    return;
  }
  read();
  if (attached_ && chance(60)) {
    ++tally_.cuts;
    leave();
  }
}

void Wanderer::connect(Clock::time_point now) {
  not_before_ = now + std::chrono::milliseconds(random_() % 50);
  try {
    socket_ = bench::connect_to(port_);
  } catch (std::system_error const&) {
    ++tally_.refused;  // it has been killed, and is not back yet
    return;
  }
  auto const path = fmt::format("/runs/{}/stream?after={}{}{}{}", run_, last_, epoch_.empty() ? "" : "&epoch=", epoch_,
                                filtered_ ? "&types=step_log&level=warn" : "");
  auto const request = bench::upgrade_request(port_, path);
  if (::send(socket_.fd(), request.data(), request.size(), MSG_NOSIGNAL) < 0) leave();
  if (last_ > 0) ++tally_.resumes;
}

void Wanderer::read() {
  std::array<char, 16 * 1024> buffer;
  std::size_t const room = chance(10) ? 1 + random_() % 100 : buffer.size();
  ssize_t const size = ::recv(socket_.fd(), buffer.data(), room, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return leave();
  partial_.append(buffer.data(), static_cast<std::size_t>(size));
  std::string const input = std::exchange(partial_, {});
  take(input);
}

void Wanderer::take(std::string_view input) {
  if (!attached_) {
    auto const end = input.find("\r\n\r\n");
    if (end == input.npos) {
      partial_ = input;
      return;
    }
    attached_ = input.starts_with("HTTP/1.1 101");
    if (!attached_) return leave();  // a server that is going down
    input.remove_prefix(end + 4);
  }
  bench::ServerFrame frame;
  bench::Step step;
  while ((step = bench::next_frame(input, frame)) == bench::Step::frame) {
    if (frame.opcode == opcode::text) take_message(frame.payload);
    if (frame.opcode != opcode::close) continue;
    done_ = ended_;
    return leave();
  }
  if (step == bench::Step::broken) return fault("a broken frame", {});
  partial_ = input;
}

void Wanderer::take_message(std::string_view json) {
  if (json.starts_with(R"({"type":"stream_open")")) {
    auto epoch = text_in(json, "epoch");
    if (!epoch_.empty() && epoch != epoch_) fault("another epoch", json);
    epoch_ = std::move(epoch);
  } else if (json.starts_with(R"({"type":"position")")) {
    auto const position = number_in(json, "upTo");
    if (!filtered_ || position < last_) return fault("a position that does not hold", json);
    last_ = position;
  } else if (json.starts_with(R"({"type":"gap")")) {
    fault("a gap in a whole log", json);
  } else if (auto const seq = number_in(json, "seq"); seq > 0) {
    take_event(seq, json);
  }
}

void Wanderer::take_event(std::uint64_t seq, std::string_view json) {
  ++tally_.deliveries;
  if (filtered_ ? seq <= last_ : seq != last_ + 1) fault("not the next seq", json);
  if (filtered_ && !passes_filter(json)) fault("what the filter should have kept back", json);
  if (!record_.agrees(seq, json)) fault("another text than before", json);
  last_ = seq;
  if (filtered_) given_ = {given_.count + 1, given_.seqs + seq};
  if (json.find(R"("type":"run_complete")") != json.npos) ended_ = true;
}

void Wanderer::leave() {
  socket_.reset_on_close();
  socket_ = {};
  partial_.clear();
  attached_ = false;
}

void Wanderer::fault(std::string_view what, std::string_view json) {
  if (++tally_.faults > most_faults_told) return;
  fmt::print(stderr, "run {}, after {}: {}: {}\n", run_, last_, what, json.substr(0, 200));
}

}  // namespace runcast::soak
