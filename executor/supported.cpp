#include "executor/supported.hpp"

#include <fmt/format.h>

namespace runcast {

Faults unsupported(Workflow const& workflow, std::string_view base) {
  Faults faults;
  for (std::size_t i = 0; i < workflow.steps.size(); ++i) {
    auto const kind = workflow.steps[i].kind();
    if (kind != StepKind::job) continue;
    faults.push_back({fmt::format("{}/steps/{}/{}", base, i, to_string(kind)),
                      fmt::format("this server does not run '{}' steps", to_string(kind))});
  }
  return faults;
}

Faults unknown_secrets(Workflow const& workflow, Secrets const& secrets, std::string_view base) {
  Faults faults;
  for (std::size_t i = 0; i < workflow.secrets.size(); ++i) {
    if (secrets.contains(workflow.secrets[i])) continue;
    faults.push_back(
        {fmt::format("{}/secrets/{}", base, i), fmt::format("this server has no secret '{}'", workflow.secrets[i])});
  }
  return faults;
}

}  // namespace runcast
