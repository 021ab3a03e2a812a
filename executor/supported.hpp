#pragma once

#include <string_view>

#include "executor/secrets.hpp"
#include "model/fault.hpp"
#include "model/workflow.hpp"

namespace runcast {

// What a definition asks for that is right but that this build cannot do, with its place: such a run would never end,
// so it is refused when it is handed in. `base` is where the definition stands in what was sent.
Faults unsupported(Workflow const& workflow, std::string_view base = "");

// The secrets that a definition names and the server does not have.
Faults unknown_secrets(Workflow const& workflow, Secrets const& secrets, std::string_view base = "");

}  // namespace runcast
