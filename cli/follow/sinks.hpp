#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "cli/follow/event_sink.hpp"
#include "cli/terminal/terminal.hpp"

// The three ways to show a run on standard output.
namespace runcast::cli {

// Each event's JSON text, a line each. Notices go to standard error.
std::unique_ptr<EventSink> make_json_sink();

// A line of text an event (EventText). Notices go to standard error.
std::unique_ptr<EventSink> make_line_sink(Style style);

// The logs alone that contain a text: their bare lines, made harmless on a terminal, or the events' JSON.
std::unique_ptr<EventSink> make_log_sink(Terminal terminal, std::string contains, bool json);

// What a live view shows of the events that scroll by above it; the view itself shows the whole run.
struct LiveFilter {
  std::string step;            // empty: all
  Level level = Level::debug;  // the least
};

// A terminal's live view (RunView) below the log. `seed` is the server's answer for the run, where earlier events are
// not going to be read.
std::unique_ptr<EventSink> make_live_sink(Style style, LiveFilter filter,
                                          std::optional<boost::json::object> const& seed);

}  // namespace runcast::cli
