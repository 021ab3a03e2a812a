#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "executor/plan.hpp"
#include "model/definition.hpp"

namespace runcast {

// Plans by their definition's text, so that one that is run often is read once. Any thread.
class PlanCache {
 public:
  // From the cache, or read now. What was wrong is not kept. Limits do not tell texts apart: only one that was within
  // them the first time has a plan.
  Checked<std::shared_ptr<Plan const>> plan_of(std::string_view definition_json,
                                               DefinitionLimits const& limits = stored_definition_limits);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };

  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Plan const>, Hash, std::equal_to<>> plans_;
  std::size_t bytes_ = 0;  // of their definitions
};

}  // namespace runcast
