#pragma once

#include "executor/run_state.hpp"
#include "executor/secrets.hpp"
#include "model/expression.hpp"

namespace runcast {

// What the expressions of one step see of its run; no secrets, unless they are given. Views the state: not to be kept.
class StepContext final : public ExpressionContext {
 public:
  StepContext(RunState const& state, StepIndex step, Secrets const* secrets = nullptr)
      : state_(state), step_(step), secrets_(secrets) {}

  RunState const& state() const { return state_; }

  boost::json::value const* input(std::string_view name) const override;
  boost::json::value const* matrix(std::string_view axis) const override;
  std::optional<StepStatus> step_status(std::string_view step_id) const override;
  boost::json::value const* step_output(std::string_view step_id, std::string_view name) const override;
  std::optional<std::string> secret(std::string_view name) const override;
  std::string run_id() const override { return state_.run().str(); }
  bool needs_succeeded() const override { return state_.step(step_).blocked_by == no_step; }
  bool needs_failed() const override { return state_.step(step_).ancestor_failed; }

 private:
  RunState const& state_;
  StepIndex step_;
  Secrets const* secrets_;
};

}  // namespace runcast
