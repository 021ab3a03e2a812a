#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"
#include "model/fault.hpp"
#include "model/workflow.hpp"
#include "store/types.hpp"

// One ended run as a portable text of lines: a head with what it was made from, every event as it was sent, and a
// trailer whose digest proves that nothing is missing, changed or in another order. docs/api.md describes the format.
namespace runcast {

// SHA-256 over a sequence of lines, each chained to those before it: d = SHA-256(d ‖ line ‖ LF), from an empty d.
class LineChain {
 public:
  void add(std::string_view line);  // without its line end
  std::string hex() const;

 private:
  std::string digest_;
};

// Makes a bundle's lines, each with its line end, in the order head(), event() …, trailer().
class BundleWriter {
 public:
  std::string head(RunRow const& run, RunDocument const& document);
  std::string event(std::string_view json);
  std::string trailer();

 private:
  std::string line(std::string text);

  LineChain chain_;
  std::uint64_t events_ = 0;
};

// A bundle that was read and found to be whole.
struct Bundle {
  struct Line {
    std::string_view json;  // the event's text, within what was parsed
    std::string type;
    std::string step_id;
    std::optional<Level> level;
    Timestamp time;
  };

  RunId run;
  Timestamp created;
  std::string parent_run;
  std::string parent_step;
  Workflow workflow;
  std::string definition_json;
  events::RunStart start;
  events::RunComplete end;
  std::vector<Line> lines;
  std::vector<Event> lifecycle;  // of the lines all but log lines and progress
};

// Reads a bundle and checks everything: the chain, that the definition is valid, that the events are one run's, from
// its run_start to its run_complete, with every seq from 1 to `lastSeq`, in ascending ids and times. invalid: what is
// wrong, with the number of the line.
Result<Bundle> parse_bundle(std::string_view text);

// How the CLI and the server call a bundle's type.
inline constexpr std::string_view bundle_media_type = "application/x-ndjson";

}  // namespace runcast
