#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"
#include "model/dag.hpp"
#include "model/workflow.hpp"

namespace runcast {

// A workflow with what its runs look up all the time, made once and shared by them. Immutable.
class Plan {
 public:
  // Of a workflow from the parser; its steps hold no cycle.
  explicit Plan(std::shared_ptr<Workflow const> workflow);

  Workflow const& workflow() const { return *workflow_; }
  Dag const& dag() const { return dag_; }
  StepIndex size() const { return static_cast<StepIndex>(workflow_->steps.size()); }

  // nullptr: there is no such step.
  StepIndex const* find(std::string_view id) const;

 private:
  std::shared_ptr<Workflow const> workflow_;
  Dag dag_;
  std::unordered_map<std::string_view, StepIndex> by_id_;  // into the workflow's own texts
};

// The plan of a workflow from the parser.
std::shared_ptr<Plan const> make_plan(Workflow workflow);

}  // namespace runcast
