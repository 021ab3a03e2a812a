#include "cli/follow/run_view.hpp"

#include <fmt/format.h>

#include "base/duration.hpp"
#include "cli/follow/event_text.hpp"
#include "cli/net/json_members.hpp"
#include "cli/terminal/text.hpp"

namespace runcast::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t max_layer = 10'000;  // whatever a server says

std::size_t layer_index(std::int64_t layer) {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(layer, 0, max_layer));
}

}  // namespace

void RunView::apply(Event const& event) {
  if (event.type == EventType::other) return;
  std::visit([&](auto const& payload) { on(payload, event.time); }, event.payload);
}

StatusCounts RunView::counts() const {
  StatusCounts counts{};
  for (auto const& one : steps_) ++counts[static_cast<std::size_t>(one.status)];
  return counts;
}

// The step of that id; one that is not known yet is put into `layer`.
StepView& RunView::step(std::string_view id, std::size_t layer) {
  auto const [found, is_new] = index_.try_emplace(std::string(id), steps_.size());
  if (!is_new) return steps_[found->second];
  if (layers_.size() <= layer) layers_.resize(layer + 1);
  layers_[layer].push_back(steps_.size());
  auto& added = steps_.emplace_back();
  added.id = id;
  added.name = plain_text(id);
  added.layer = layer;
  return added;
}

void RunView::on(events::RunStart const& event, Timestamp at) {
  workflow_ = plain_text(event.workflow);
  status_ = RunStatus::running;
  started_ = at;
  for (std::size_t layer = 0; layer < event.layers.size(); ++layer) {
    for (auto const& id : event.layers[layer]) step(id, layer);
  }
}

void RunView::on(events::StepStart const& event, Timestamp at) {
  auto& one = step(event.step_id, layer_index(event.layer));
  one.name = plain_text(event.name.empty() ? event.step_id : event.name);
  one.status = StepStatus::running;
  one.attempt = event.attempt;
  one.started = at;
  one.progress.reset();
  one.note.clear();
}

void RunView::on(events::StepProgress const& event, Timestamp) {
  auto& one = step(event.step_id);
  one.progress = event.progress;
  if (event.text) one.note = plain_text(*event.text);
}

void RunView::on(events::StepRetry const& event, Timestamp) {
  auto& one = step(event.step_id);
  one.status = StepStatus::pending;
  one.progress.reset();
  one.note = fmt::format("attempt {}: {}; {}", event.attempt, plain_text(event.reason), describe_delay(event));
}

void RunView::on(events::StepComplete const& event, Timestamp) {
  auto& one = step(event.step_id);
  one.status = event.status;
  one.attempt = event.attempt;
  one.duration = event.duration;
  one.progress.reset();
  one.note = plain_text(describe_failure(event));
}

void RunView::on(events::ApprovalRequested const& event, Timestamp) {
  step(event.step_id).note = fmt::format("waits for approval: {}", plain_text(event.message));
}

void RunView::on(events::ApprovalDecided const& event, Timestamp) {
  step(event.step_id).note = fmt::format("{} by {}", event.approved ? "approved" : "rejected", plain_text(event.by));
}

void RunView::on(events::ChildStarted const& event, Timestamp) {
  step(event.step_id).note = fmt::format("run {}", plain_text(event.child_run_id));
}

void RunView::on(events::MatrixExpanded const& event, Timestamp at) {
  auto& matrix = step(event.step_id);
  matrix.status = StepStatus::running;
  matrix.started = at;
  matrix.note = count_of(event.instances.size(), "instance");
  std::size_t const layer = matrix.layer;
  for (std::size_t i = 0; i < event.instances.size(); ++i) step(fmt::format("{}[{}]", event.step_id, i), layer);
}

void RunView::on(events::RunComplete const& event, Timestamp) {
  status_ = event.status;
  duration_ = event.duration;
}

void RunView::seed(json::object const& run) {
  workflow_ = plain_text(text_of(run, "workflow"));
  status_ = run_status_from(text_of(run, "status")).value_or(RunStatus::running);
  started_ = time_of(run, "startedAt").value_or(Timestamp{});
  duration_ = Millis{number_of(run, "durationMs").value_or(0)};
  for (auto const& entry : array_of(run, "steps")) {
    if (entry.is_object()) seed_step(entry.get_object());
  }
}

void RunView::seed_step(json::object const& entry) {
  auto& one = step(text_of(entry, "id"), layer_index(number_of(entry, "layer").value_or(0)));
  if (auto const name = text_of(entry, "name"); !name.empty()) one.name = plain_text(name);
  one.status = step_status_from(text_of(entry, "status")).value_or(StepStatus::pending);
  one.attempt = static_cast<int>(number_of(entry, "attempt").value_or(0));
  one.started = time_of(entry, "startedAt").value_or(Timestamp{});
  one.duration = Millis{number_of(entry, "durationMs").value_or(0)};
  one.note = plain_text(text_of(entry, "error"));
}

}  // namespace runcast::cli
