#pragma once

#include <cstddef>
#include <string_view>

#include <boost/json/value.hpp>

#include "model/fault.hpp"
#include "model/workflow.hpp"

namespace runcast {

struct DefinitionLimits {
  std::size_t max_bytes = 1 << 20;
  std::size_t max_depth = 64;      // of nesting
  std::size_t max_steps = 10'000;  // a static matrix counts as all its instances
  std::size_t max_faults = 1000;   // that one answer tells; a last one says how many more there are
};

// For definitions that were accepted before, under whatever limits.
inline constexpr DefinitionLimits stored_definition_limits{
    .max_bytes = std::size_t{1} << 30, .max_depth = 64, .max_steps = 10'000'000, .max_faults = 10};

// A workflow from its definition, or everything that is wrong with it. `base` is where the definition stands in what
// was sent: "" where it is the body, "/workflow" where it is a member of it.
Checked<Workflow> parse_definition(boost::json::value const& definition, std::string_view base = "",
                                   DefinitionLimits const& limits = {});

// The same from JSON text, with syntax errors and keys that are there twice among the faults.
Checked<Workflow> parse_definition_text(std::string_view text, DefinitionLimits const& limits = {});

}  // namespace runcast
