#pragma once

#include <functional>

#include "executor/run_state.hpp"
#include "model/expression.hpp"

namespace runcast {

// Finds a secret's value by its name; nothing where the server has none of that name.
using SecretLookup = std::function<std::optional<std::string>(std::string_view)>;

// What the expressions of one step see of its run. Views the state: not to be kept.
class StepContext final : public ExpressionContext {
 public:
  StepContext(RunState const& state, StepIndex step, SecretLookup const* secrets = nullptr)
      : state_(state), step_(step), secrets_(secrets) {}

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
  SecretLookup const* secrets_;
};

}  // namespace runcast
