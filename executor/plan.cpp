#include "executor/plan.hpp"

namespace runcast {

Plan::Plan(std::shared_ptr<Workflow const> workflow)
    : workflow_(std::move(workflow)), dag_(Dag::build(workflow_->steps).value()) {
  by_id_.reserve(workflow_->steps.size());
  for (StepIndex i = 0; i < size(); ++i) by_id_.emplace(workflow_->steps[i].id, i);
}

StepIndex const* Plan::find(std::string_view id) const {
  auto const found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

std::shared_ptr<Plan const> make_plan(Workflow workflow) {
  return std::make_shared<Plan const>(std::make_shared<Workflow const>(std::move(workflow)));
}

}  // namespace runcast
