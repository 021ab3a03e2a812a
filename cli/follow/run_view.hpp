#pragma once

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/json/object.hpp>

#include "model/event.hpp"

namespace runcast::cli {

struct StepView {
  std::string id;
  std::string name;
  StepStatus status = StepStatus::pending;
  std::size_t layer = 0;
  int attempt = 0;  // 0: none yet
  Timestamp started{};
  Millis duration{};               // once ended
  std::optional<double> progress;  // of the attempt under way
  std::string note;                // one line: progress text, error, what it waits for
};

using StatusCounts = std::array<std::size_t, 6>;  // by StepStatus

// A run as its events tell it: what a live view shows. Pure; text from events is made harmless on its way in.
class RunView {
 public:
  void apply(Event const& event);

  // Begins with the server's answer for a run (GET …/runs/ID) in place of the events that a late follower has not seen.
  void seed(boost::json::object const& run);

  std::string const& workflow() const { return workflow_; }
  RunStatus status() const { return status_; }
  Timestamp started() const { return started_; }
  Millis duration() const { return duration_; }  // once ended
  std::vector<StepView> const& steps() const { return steps_; }
  std::vector<std::vector<std::size_t>> const& layers() const { return layers_; }  // indices of steps

  StatusCounts counts() const;

 private:
  void on(events::RunStart const& event, Timestamp at);
  void on(events::StepStart const& event, Timestamp at);
  void on(events::StepProgress const& event, Timestamp at);
  void on(events::StepRetry const& event, Timestamp at);
  void on(events::StepComplete const& event, Timestamp at);
  void on(events::ApprovalRequested const& event, Timestamp at);
  void on(events::ApprovalDecided const& event, Timestamp at);
  void on(events::ChildStarted const& event, Timestamp at);
  void on(events::MatrixExpanded const& event, Timestamp at);
  void on(events::RunComplete const& event, Timestamp at);
  void on(auto const&, Timestamp) {}

  void seed_step(boost::json::object const& step);
  StepView& step(std::string_view id, std::size_t layer = 0);

  std::string workflow_;
  RunStatus status_ = RunStatus::pending;
  Timestamp started_{};
  Millis duration_{};
  std::vector<StepView> steps_;
  std::vector<std::vector<std::size_t>> layers_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace runcast::cli
