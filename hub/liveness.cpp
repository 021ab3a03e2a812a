#include "hub/liveness.hpp"

#include <algorithm>

namespace runcast {

Liveness::Liveness(Form form, ClientLimits const& limits, Time now, Clock::duration ahead)
    : last_sent_(now),
      last_taken_(now),
      last_heard_(now),
      last_ping_(now - ahead),
      input_credit_(limits.input_burst),
      form_(form) {}

void Liveness::wrote(Time now, std::size_t taken, std::size_t due) {
  // Where nothing waited before, the peer's time to take something begins now.
  if (taken > 0 || !waits_) last_taken_ = now;
  if (taken > 0) last_sent_ = now;
  waits_ = taken < due;
}

bool Liveness::heard(Time now, std::size_t bytes, ClientLimits const& limits) {
  auto const elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_heard_).count();
  auto const earned = elapsed * limits.input_per_second / 1000;
  // A reading that earned nothing leaves the time where it was, so that small ones add up.
  if (earned > 0 || input_credit_ == limits.input_burst) last_heard_ = now;
  input_credit_ = std::min<std::int64_t>(input_credit_ + earned, limits.input_burst) - static_cast<std::int64_t>(bytes);
  return input_credit_ >= 0;
}

Liveness::Due Liveness::due(Time now, ClientLimits const& limits) {
  if (waits_ && now >= stalls_at(limits)) return Due::stalled;
  if (asked_ != Time{} && now >= gone_at(limits)) return Due::gone;
  if (waits_ || now < heartbeat_at(limits)) return Due::nothing;
  if (!is_websocket(form_)) {
    last_sent_ = now;
    return Due::heartbeat;
  }
  last_ping_ = now;
  if (asked_ != Time{}) return Due::nothing;
  asked_ = now;
  return Due::heartbeat;
}

Liveness::Time Liveness::next(ClientLimits const& limits) const {
  auto const next = waits_ ? stalls_at(limits) : heartbeat_at(limits);
  return asked_ == Time{} ? next : std::min(next, gone_at(limits));
}

Liveness::Time Liveness::heartbeat_at(ClientLimits const& limits) const {
  return is_websocket(form_) ? last_ping_ + limits.ping : last_sent_ + limits.comment;
}

Liveness::Time Liveness::gone_at(ClientLimits const& limits) const {
  return std::max({asked_, last_taken_, last_heard_}) + limits.pong_wait;
}

}  // namespace runcast
