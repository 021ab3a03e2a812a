#pragma once

#include <string>
#include <vector>

#include "cli/follow/run_view.hpp"
#include "cli/terminal/style.hpp"
#include "cli/terminal/terminal.hpp"

namespace runcast::cli {

// The live view: at most `size.rows` lines, each narrower than `size.columns`. The first tells of the whole run. Below
// it stand the layers with their steps; where there is no room for all of them, layers in one line each and only the
// steps that matter now (running, retrying, failed); where there is no room for that either, those steps alone, and how
// many more there are. Times of what is under way count up to `now`.
std::vector<std::string> render(RunView const& view, Timestamp now, TerminalSize size, Style const& style);

}  // namespace runcast::cli
