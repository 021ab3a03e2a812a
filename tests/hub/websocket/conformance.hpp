#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/websocket/reader.hpp"
#include "tests/hub/websocket/client_frames.hpp"

namespace runcast {

// What a client sends, and what the server must make of it.
struct ConformanceCase {
  std::string name;
  std::string sent;
  std::vector<std::string> expected;  // "text hello", "ping", "close 1000 bye", "error 1002"
};

using ConformanceCases = std::vector<ConformanceCase>;

// An event as the cases write it; of an error only the code.
std::string describe(WebsocketEvent const& event);

// Everything that a reader makes of `sent`, given in pieces that end at `cuts` (ascending) and at its end.
std::vector<std::string> read_all(std::string_view sent, std::vector<std::size_t> const& cuts = {},
                                  WebsocketLimits limits = {});

// Runs each case whole, a byte at a time, and cut at several random places (the same ones every time).
void check_conformance(ConformanceCases const& cases, WebsocketLimits limits = {});

}  // namespace runcast
