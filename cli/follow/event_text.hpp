#pragma once

#include <string>

#include "cli/terminal/style.hpp"
#include "model/event.hpp"

namespace runcast::cli {

// Events as lines for people: `14:03:07.123  build  compiling main.c`. Logs are coloured by their level or, without
// colours, begin with it; what steps print cannot act on the terminal, whatever it is (see harmless()).
class EventText {
 public:
  explicit EventText(Style style) : style_(style) {}

  // One line with its line feed; empty for an event that has nothing to say to a person.
  std::string line(Event const& event);

 private:
  std::string text(events::RunStart const& event);
  std::string text(events::StepStart const& event) const;
  std::string text(events::StepLog const& event) const;
  std::string text(events::StepProgress const& event) const;
  std::string text(events::StepRetry const& event) const;
  std::string text(events::StepComplete const& event) const;
  std::string text(events::CancelRequested const& event) const;
  std::string text(events::ApprovalRequested const& event) const;
  std::string text(events::ApprovalDecided const& event) const;
  std::string text(events::ChildStarted const& event) const;
  std::string text(events::MatrixExpanded const& event);
  std::string text(events::JobSubmitted const& event) const;
  std::string text(events::JobAssigned const& event) const;
  std::string text(events::JobStarted const& event) const;
  std::string text(events::RunComplete const& event) const;
  std::string text(auto const&) const { return {}; }  // of the system's log

  Style style_;
  std::string run_;             // of the event at hand
  std::size_t step_width_ = 0;  // the step column's, so far
};

// "exit code 2", "SIGKILL", an error's text, or what of these there is.
std::string describe_failure(events::StepComplete const& event);

// "again in 2s", "again at once".
std::string describe_delay(events::StepRetry const& event);

}  // namespace runcast::cli
