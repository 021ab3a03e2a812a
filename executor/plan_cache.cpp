#include "executor/plan_cache.hpp"

namespace runcast {
namespace {

// Of definitions; a plan weighs a few times as much. Past it the cache begins anew, which costs each plan one reading.
constexpr std::size_t max_bytes = 4u << 20;
constexpr std::size_t max_definition_bytes = 256u << 10;

}  // namespace

Checked<std::shared_ptr<Plan const>> PlanCache::plan_of(std::string_view definition_json,
                                                        DefinitionLimits const& limits) {
  {
    std::lock_guard lock(mutex_);
    if (auto const found = plans_.find(definition_json); found != plans_.end()) return found->second;
  }
  auto workflow = parse_definition_text(definition_json, limits);
  if (!workflow) return workflow.error();
  auto plan = make_plan(std::move(*workflow));
  if (definition_json.size() > max_definition_bytes) return plan;
  std::lock_guard lock(mutex_);
  if (bytes_ + definition_json.size() > max_bytes) {
    plans_.clear();
    bytes_ = 0;
  }
  if (plans_.emplace(definition_json, plan).second) bytes_ += definition_json.size();
  return plan;
}

}  // namespace runcast
