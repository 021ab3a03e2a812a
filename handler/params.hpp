#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "handler/http.hpp"
#include "model/status.hpp"

// What clients put behind the `?`, checked. A fault names the parameter.
namespace runcast {

// A whole number from `least` to `most`.
Result<std::optional<std::uint64_t>> number_param(Request const& request, std::string_view name,
                                                  std::uint64_t least = 0, std::uint64_t most = INT64_MAX);

// `limit`: 50 where it is absent, at most 1000.
Result<std::size_t> limit_param(Request const& request);

// Milliseconds since the epoch, or ISO 8601 in UTC (2025-11-20, 2025-11-20T23:59:12Z).
Result<std::optional<Timestamp>> time_param(Request const& request, std::string_view name);

Result<std::optional<Level>> level_param(Request const& request);
Result<std::optional<RunStatus>> run_status_param(Request const& request);

}  // namespace runcast
