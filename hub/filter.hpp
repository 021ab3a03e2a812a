#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/event.hpp"
#include "model/segment.hpp"

namespace runcast {

// What a follower wants to see of a log. The last event of a run passes every filter.
class Filter {
 public:
  Filter() = default;

  // Only these types; a type that this version does not know counts as EventType::other.
  void allow(EventType type) { types_ |= bit(static_cast<std::uint8_t>(type)); }
  // Only events of this step, or of the instances of this matrix step.
  void only_step(std::string step) { step_ = std::move(step); }
  // Only log lines of this level or above; events that are not log lines are not concerned.
  void at_least(Level level) { level_ = static_cast<std::int8_t>(level); }

  bool passes_all() const { return types_ == 0 && step_.empty() && level_ < 0; }
  bool passes(Segment const& segment, FrameInfo const& frame) const;

 private:
  static std::uint32_t bit(std::uint8_t type) { return std::uint32_t{1} << type; }

  std::uint32_t types_ = 0;  // 0: all
  std::int8_t level_ = -1;
  std::string step_;
};

}  // namespace runcast
