#include "handler/rates.hpp"

#include <cmath>

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include "handler/problem.hpp"

namespace runcast {
namespace {

constexpr std::size_t max_buckets = 16'384;

}  // namespace

std::optional<Answer> Rates::refusal(Peer const& peer, Clock::time_point now) {
  if (limits_.per_second <= 0) return std::nullopt;
  auto const key = address_key(peer.address);
  return key.empty() ? std::nullopt : take(key, now);
}

std::optional<Answer> Rates::refusal(Caller const& caller, Clock::time_point now) {
  if (limits_.per_second <= 0 || !caller.permit) return std::nullopt;
  return take("token " + caller.name, now);
}

std::optional<Answer> Rates::take(std::string const& key, Clock::time_point now) {
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= max_buckets) forget_full(now);
  // Where more come than can be told apart, the rest share one.
  bool const known = buckets_.contains(key) || buckets_.size() < max_buckets;
  auto& bucket = buckets_.try_emplace(known ? key : "others", Bucket{limits_.burst, now}).first->second;
  fill(bucket, now);
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::nullopt;
  }
  auto answer = problem(429, "too many requests; wait, and try again");
  answer.headers.emplace_back("Retry-After",
                              fmt::format("{:.0f}", std::max(1.0, std::ceil((1 - bucket.left) / limits_.per_second))));
  return answer;
}

void Rates::fill(Bucket& bucket, Clock::time_point now) const {
  auto const passed = std::chrono::duration<double>(now - bucket.filled).count();
  bucket.left = std::min(limits_.burst, bucket.left + passed * limits_.per_second);
  bucket.filled = now;
}

void Rates::forget_full(Clock::time_point now) {
  std::erase_if(buckets_, [&](auto const& entry) {
    Bucket bucket = entry.second;
    fill(bucket, now);
    return bucket.left >= limits_.burst;
  });
}

std::string address_key(std::string_view address) {
  sys::error_code error;
  auto parsed = asio::ip::make_address(address, error);
  if (error) return std::string(address);
  if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) {
    parsed = asio::ip::make_address_v4(asio::ip::v4_mapped, parsed.to_v6());
  }
  if (parsed.is_loopback()) return "";
  if (parsed.is_v4()) return parsed.to_string();
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return asio::ip::make_address_v6(bytes).to_string() + "/64";
}

}  // namespace runcast
