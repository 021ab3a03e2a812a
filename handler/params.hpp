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

// The seq after which a page of a log begins: `after`, and `cursor`, which a page gives for the next one. Whoever adds
// the cursor to what the first page was asked with goes on, too.
Result<std::uint64_t> page_start_param(Request const& request);

// Milliseconds since the epoch, or ISO 8601: 2025-11-20, 2025-11-20T23:59:12.345Z, 2025-11-21T01:59:12+02:00.
Result<std::optional<Timestamp>> time_param(Request const& request, std::string_view name);

Result<std::optional<Level>> level_param(Request const& request);
Result<std::optional<RunStatus>> run_status_param(Request const& request);

}  // namespace runcast
