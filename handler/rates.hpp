#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "handler/http.hpp"

namespace runcast {

struct RateLimits {
  double per_second = 1000;  // requests, on average; 0: no bound
  double burst = 10'000;     // at once, after a quiet time
};

// How many requests each token and each address may make. Programs on this machine that need no token have no bound:
// whoever can run those can do worse. Any thread.
class Rates {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Rates(RateLimits limits) : limits_(limits) {}

  // 429, with the seconds to wait, where the address has had its share; to be asked for every request.
  std::optional<Answer> refusal(Peer const& peer, Clock::time_point now);
  // The same for who calls, once that is known.
  std::optional<Answer> refusal(Caller const& caller, Clock::time_point now);

 private:
  struct Bucket {
    double left = 0;
    Clock::time_point filled;
  };

  std::optional<Answer> take(std::string const& key, Clock::time_point now);
  void fill(Bucket& bucket, Clock::time_point now) const;
  void forget_full(Clock::time_point now);

  RateLimits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

// What one household or host has: an IPv4 address, or an IPv6 network of 64 bits. Empty for this machine's own.
std::string address_key(std::string_view address);

}  // namespace runcast
