#include "hub/filter.hpp"

namespace runcast {

bool Filter::passes(Segment const& segment, FrameInfo const& frame) const {
  if (is_last_of_log(frame)) return true;
  if (types_ != 0 && (types_ & bit(frame.type)) == 0) return false;
  if (frame.level >= 0 && frame.level < level_) return false;
  return step_.empty() || passes_step(segment.step(frame));
}

bool Filter::passes_step(std::string_view step) const {
  if (!step.starts_with(step_)) return false;
  return step.size() == step_.size() || step[step_.size()] == '[';
}

}  // namespace runcast
