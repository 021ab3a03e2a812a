#pragma once

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "cli/terminal/style.hpp"

namespace runcast::cli {

// A page of runs, as GET /api/v2/workflows/runs answers it, as a table. What still runs is timed up to `now`.
std::string runs_text(boost::json::object const& page, Timestamp now, Style const& style, std::size_t columns);

// Stored workflows, as GET /api/v2/workflows has them for items, as a table.
std::string workflows_text(boost::json::array const& workflows, Style const& style, std::size_t columns);

// One run, as GET …/runs/ID answers it: its facts, and a table of its steps.
std::string run_text(boost::json::object const& run, Timestamp now, Style const& style, std::size_t columns);

}  // namespace runcast::cli
