#include "hub/filter.hpp"

#include "model/names.hpp"

namespace runcast {

bool Filter::passes(Segment const& segment, FrameInfo const& frame) const {
  if (is_last_of_log(frame)) return true;
  if (types_ != 0 && (types_ & bit(frame.type)) == 0) return false;
  if (frame.level >= 0 && frame.level < level_) return false;
  return step_.empty() || is_of_step(segment.step(frame), step_);
}

}  // namespace runcast
