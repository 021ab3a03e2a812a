#pragma once

#include <chrono>
#include <random>
#include <string>
#include <string_view>

#include "bench/load/socket.hpp"
#include "tests/soak/record.hpp"

namespace runcast::soak {

// What the followers have done and found, all together.
struct Tally {
  std::uint64_t deliveries = 0;
  std::uint64_t resumes = 0;
  std::uint64_t cuts = 0;     // connections that a follower has ended within the stream
  std::uint64_t stalls = 0;   // pauses in which one has read nothing
  std::uint64_t refused = 0;  // connections that no server took
  std::uint64_t faults = 0;
};

// A follower of one run that stalls, goes without a word and comes back at its last seq, whatever the server does
// meanwhile, until it has seen the end. It checks what it gets: in order, each event once, none left out, the same text
// that everybody has; with a filter what passes it, all of that, and positions that hold.
class Wanderer {
 public:
  using Clock = std::chrono::steady_clock;

  Wanderer(std::uint16_t port, std::string run, bool filtered, Record& record, Tally& tally, std::uint32_t seed);

  // Does what it can without waiting.
  void turn(Clock::time_point now);

  bool done() const { return done_; }
  // To be called once all are done: whether its filter has let all through that it should.
  bool complete() const { return !filtered_ || given_ == record_.warnings(); }

 private:
  void connect(Clock::time_point now);
  void read();
  void take(std::string_view input);
  void take_message(std::string_view json);
  void take_event(std::uint64_t seq, std::string_view json);
  void leave();
  void fault(std::string_view what, std::string_view json);
  bool chance(unsigned one_in) { return random_() % one_in == 0; }

  std::uint16_t port_;
  std::string run_;
  bool filtered_;
  Record& record_;
  Tally& tally_;
  std::mt19937 random_;
  bench::Socket socket_;
  std::string partial_;  // the beginning of a frame, or of the answer's head
  bool attached_ = false;
  bool done_ = false;
  bool ended_ = false;  // it has seen run_complete
  std::uint64_t last_ = 0;
  Record::Sum given_;
  std::string epoch_;
  Clock::time_point not_before_{};
};

}  // namespace runcast::soak
