#include "cli/follow/event_text.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "cli/terminal/local_time.hpp"
#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

constexpr std::size_t max_step_width = 24;

std::string step_of(EventPayload const& payload) {
  return std::visit(
      [](auto const& event) -> std::string {
        if constexpr (requires { event.step_id.value_or(""); }) {
          return event.step_id.value_or("");
        } else if constexpr (requires { event.step_id; }) {
          return event.step_id;
        } else {
          return {};
        }
      },
      payload);
}

std::string with_detail(std::string text, std::string_view detail) {
  if (!detail.empty()) text += fmt::format(": {}", plain_text(detail));
  return text;
}

}  // namespace

std::string describe_failure(events::StepComplete const& event) {
  if (event.error && !event.error->empty()) return *event.error;
  if (event.signal) return *event.signal;
  return event.exit_code && *event.exit_code != 0 ? fmt::format("exit code {}", *event.exit_code) : std::string{};
}

std::string describe_delay(events::StepRetry const& event) {
  return event.delay == Millis{0} ? "again at once" : "again in " + format_duration(event.delay);
}

std::string EventText::line(Event const& event) {
  if (event.type == EventType::other) return {};
  run_ = event.run.str();
  std::string const step = plain_text(step_of(event.payload));
  std::string const text = std::visit([this](auto const& payload) { return this->text(payload); }, event.payload);
  if (text.empty() && event.type != EventType::step_log) return {};
  step_width_ = std::clamp(display_width(step), step_width_, max_step_width);
  std::string out = style_.paint(Paint::faint, local_time_of_day(event.time)) + "  ";
  if (step_width_ > 0) out += style_.paint(Paint::blue, pad(step, step_width_)) + "  ";
  return out + text + "\n";
}

std::string EventText::text(events::RunStart const& event) {
  std::size_t steps = 0;
  for (auto const& layer : event.layers) {
    steps += layer.size();
    for (auto const& id : layer) step_width_ = std::clamp(display_width(id), step_width_, max_step_width);
  }
  return style_.paint(Paint::bold, fmt::format("run {} of {} started: {} in {}", run_, plain_text(event.workflow),
                                               count_of(steps, "step"), count_of(event.layers.size(), "layer")));
}

std::string EventText::text(events::StepStart const& event) const {
  std::string text = "started";
  if (event.kind != StepKind::run) text += fmt::format(" ({})", to_string(event.kind));
  if (event.attempt > 1) text += fmt::format(", attempt {}", event.attempt);
  return style_.paint(Paint::cyan, text);
}

std::string EventText::text(events::StepLog const& event) const {
  std::string text = harmless(event.message, style_.colour ? Colours::keep : Colours::drop);
  if (event.truncated) text += " [cut]";
  if (style_.colour) return style_.paint(paint_of(event.level), text);
  return event.level == Level::info ? text : fmt::format("{}: {}", to_string(event.level), text);
}

std::string EventText::text(events::StepProgress const& event) const {
  auto const percent = std::lround(event.progress * 100);
  return style_.paint(Paint::faint, fmt::format("{} % {}", percent, plain_text(event.text.value_or(""))));
}

std::string EventText::text(events::StepRetry const& event) const {
  std::string const what = with_detail(plain_text(event.reason), event.error.value_or(""));
  return style_.paint(Paint::yellow, fmt::format("attempt {} {}; {}", event.attempt, what, describe_delay(event)));
}

std::string EventText::text(events::StepComplete const& event) const {
  std::string text{to_string(event.status)};
  if (event.attempt > 0) text += fmt::format(" in {}", format_duration(event.duration));
  return style_.paint(paint_of(event.status), with_detail(text, describe_failure(event)));
}

std::string EventText::text(events::CancelRequested const& event) const {
  return style_.paint(Paint::yellow,
                      with_detail(fmt::format("to be cancelled, by {}", plain_text(event.by)), event.reason));
}

std::string EventText::text(events::ApprovalRequested const& event) const {
  std::string const text = with_detail("waits for approval", event.message);
  return style_.paint(Paint::yellow, fmt::format("{} (runcast approve {} {})", text, run_, plain_text(event.step_id)));
}

std::string EventText::text(events::ApprovalDecided const& event) const {
  std::string const text = fmt::format("{} by {}", event.approved ? "approved" : "rejected", plain_text(event.by));
  return style_.paint(event.approved ? Paint::green : Paint::red, with_detail(text, event.comment.value_or("")));
}

std::string EventText::text(events::ChildStarted const& event) const {
  return fmt::format("child run {}", plain_text(event.child_run_id));
}

std::string EventText::text(events::MatrixExpanded const& event) {
  auto const last = fmt::format("{}[{}]", event.step_id, event.instances.size());
  step_width_ = std::clamp(display_width(last), step_width_, max_step_width);
  return count_of(event.instances.size(), "instance");
}

std::string EventText::text(events::JobSubmitted const& event) const {
  return style_.paint(Paint::faint, fmt::format("waits for a worker of '{}'", plain_text(event.job.type)));
}

std::string EventText::text(events::JobAssigned const& event) const {
  return style_.paint(Paint::faint, fmt::format("taken by worker {}", plain_text(event.worker_id)));
}

std::string EventText::text(events::JobStarted const& event) const {
  return style_.paint(Paint::faint, fmt::format("begun by worker {}", plain_text(event.worker_id)));
}

std::string EventText::text(events::RunComplete const& event) const {
  std::string const text = fmt::format("run {} in {}", to_string(event.status), format_duration(event.duration));
  return style_.paint(paint_of(event.status), with_detail(text, event.error.value_or("")));
}

}  // namespace runcast::cli
