#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>

#include "model/workflow.hpp"

namespace runcast {

// Where a run stands among those that it comes from, each started by a step of the one before.
struct Lineage {
  std::size_t depth = 0;         // their number
  std::set<std::string> groups;  // concurrency groups in which one of them has its place

  Lineage child_of(Workflow const& parent) const {
    Lineage child{depth + 1, groups};
    if (parent.concurrency) child.groups.insert(parent.concurrency->group);
    return child;
  }

  // The group that a run has to find a place in. Inside of a group it shares its ancestor's: that one waits for it, so
  // the two would wait for each other.
  std::optional<Concurrency> group_of(Workflow const& workflow) const {
    auto const& group = workflow.concurrency;
    return group && groups.contains(group->group) ? std::nullopt : group;
  }
};

}  // namespace runcast
