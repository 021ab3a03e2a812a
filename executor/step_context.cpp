#include "executor/step_context.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>

namespace runcast {

namespace json = boost::json;

json::value const* StepContext::input(std::string_view name) const { return state_.inputs().if_contains(name); }

json::value const* StepContext::matrix(std::string_view axis) const {
  auto const& values = state_.step(step_).matrix;
  return values ? values->if_contains(axis) : nullptr;
}

std::optional<StepStatus> StepContext::step_status(std::string_view step_id) const {
  auto const index = state_.find(step_id);
  if (index == no_step) return std::nullopt;
  return state_.step(index).status;
}

json::value const* StepContext::step_output(std::string_view step_id, std::string_view name) const {
  auto const index = state_.find(step_id);
  if (index == no_step || !state_.step(index).outputs) return nullptr;
  return state_.step(index).outputs->if_contains(name);
}

std::optional<std::string> StepContext::secret(std::string_view name) const {
  if (!secrets_) return std::nullopt;
  auto const found = secrets_->find(name);
  return found == secrets_->end() ? std::nullopt : std::optional(found->second);
}

}  // namespace runcast
