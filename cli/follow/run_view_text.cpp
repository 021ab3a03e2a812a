#include "cli/follow/run_view_text.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/duration.hpp"
#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

constexpr std::size_t bar_width = 20;
constexpr std::size_t step_bar_width = 10;
constexpr std::size_t max_name_width = 32;
constexpr std::size_t min_title_width = 8;

using Lines = std::vector<std::string>;

bool matters(StepView const& step) {
  bool const is_retrying = step.status == StepStatus::pending && step.attempt > 0;
  return step.status == StepStatus::running || step.status == StepStatus::failed || is_retrying;
}

// Running time by the events' clock, in whole seconds so that a line changes no more often than that; not negative
// where the server's clock is ahead of ours.
std::string running_for(Timestamp started, Timestamp now) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(now - started);
  return seconds.count() < 1 ? "0s" : format_duration(seconds);
}

std::string describe_counts(StatusCounts const& counts, Style const& style) {
  std::string out;
  for (auto const status : {StepStatus::running, StepStatus::succeeded, StepStatus::failed, StepStatus::cancelled,
                            StepStatus::skipped, StepStatus::pending}) {
    auto const count = counts[static_cast<std::size_t>(status)];
    if (count == 0) continue;
    if (!out.empty()) out += ", ";
    out += style.paint(paint_of(status), fmt::format("{} {}", count, to_string(status)));
  }
  return out;
}

std::size_t ended_of(StatusCounts const& counts) {
  std::size_t ended = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (has_ended(static_cast<StepStatus>(i))) ended += counts[i];
  }
  return ended;
}

class Renderer {
 public:
  Renderer(RunView const& view, Timestamp now, TerminalSize size, Style const& style)
      // The last column stays free: a terminal may wrap a line that fills it.
      : view_(view), now_(now), rows_(size.rows), columns_(std::max<std::size_t>(size.columns, 2) - 1), style_(style) {
    for (auto const& step : view.steps()) name_width_ = std::max(name_width_, display_width(step.name));
    name_width_ = std::min({name_width_, max_name_width, columns_ * 2 / 5});
  }

  Lines run() {
    auto lines = choose();
    for (auto& line : lines) line = fit(line, columns_);
    return lines;
  }

 private:
  Lines choose() const {
    std::size_t const room = std::max<std::size_t>(rows_, 1) - 1;
    Lines lines{heading()};
    if (view_.steps().size() + view_.layers().size() <= room) {
      append(lines, all_steps());
      return lines;
    }
    Lines const layers = layers_in_short();
    if (layers.size() <= room) {
      append(lines, layers);
      return lines;
    }
    append(lines, steps_that_matter(room));
    return lines;
  }

  static void append(Lines& lines, Lines const& more) { lines.insert(lines.end(), more.begin(), more.end()); }

  std::string heading() const {
    auto const counts = view_.counts();
    std::size_t const total = view_.steps().size();
    std::size_t const ended = ended_of(counts);
    double const share = total == 0 ? 0 : static_cast<double>(ended) / static_cast<double>(total);
    bool const is_over = has_ended(view_.status());
    auto const time = is_over ? format_duration(view_.duration()) : running_for(view_.started(), now_);
    auto const state =
        fmt::format(" {} {} {}/{}  {}", style_.paint(paint_of(view_.status()), to_string(view_.status())),
                    style_.bar(share, bar_width), ended, total, view_.started() == Timestamp{} ? std::string{} : time);
    auto const room = std::max(columns_, display_width(state) + min_title_width) - display_width(state);
    return style_.paint(Paint::bold, fit(view_.workflow(), room)) + state;
  }

  Lines all_steps() const {
    Lines lines;
    for (std::size_t layer = 0; layer < view_.layers().size(); ++layer) {
      lines.push_back(style_.paint(Paint::faint, fmt::format("layer {}", layer + 1)));
      for (auto const index : view_.layers()[layer]) lines.push_back(step_line(view_.steps()[index]));
    }
    return lines;
  }

  Lines layers_in_short() const {
    Lines lines;
    for (std::size_t layer = 0; layer < view_.layers().size(); ++layer) {
      StatusCounts counts{};
      for (auto const index : view_.layers()[layer]) ++counts[static_cast<std::size_t>(view_.steps()[index].status)];
      lines.push_back(fmt::format("{}  {}", style_.paint(Paint::faint, fmt::format("layer {}", layer + 1)),
                                  describe_counts(counts, style_)));
      for (auto const index : view_.layers()[layer]) {
        if (auto const& step = view_.steps()[index]; matters(step)) lines.push_back(step_line(step));
      }
    }
    return lines;
  }

  Lines steps_that_matter(std::size_t room) const {
    if (room == 0) return {};
    Lines lines{"  " + describe_counts(view_.counts(), style_)};
    std::size_t left_out = 0;
    for (auto const status : {StepStatus::running, StepStatus::pending, StepStatus::failed}) {
      for (auto const& step : view_.steps()) {
        if (step.status != status || !matters(step)) continue;
        if (lines.size() + 1 < room) {
          lines.push_back(step_line(step));
        } else {
          ++left_out;
        }
      }
    }
    if (left_out > 0 && room > 1) lines.push_back(style_.paint(Paint::faint, fmt::format("  and {} more", left_out)));
    return lines;
  }

  std::string step_line(StepView const& step) const {
    std::string line = fmt::format("  {} {}", style_.paint(paint_of(step.status), style_.glyph(step.status)),
                                   pad(step.name, name_width_));
    if (step.attempt > 1) line += fmt::format("  #{}", step.attempt);
    if (step.status == StepStatus::running) {
      line += "  " + running_for(step.started, now_);
      if (step.progress) {
        line += fmt::format("  {} {} %", style_.bar(*step.progress, step_bar_width), std::lround(*step.progress * 100));
      }
    } else if (has_ended(step.status) && step.attempt > 0) {
      line += "  " + format_duration(step.duration);
    }
    if (!step.note.empty()) line += "  " + style_.paint(Paint::faint, step.note);
    while (line.ends_with(' ')) line.pop_back();
    return line;
  }

  RunView const& view_;
  Timestamp now_;
  std::size_t rows_;
  std::size_t columns_;
  Style const& style_;
  std::size_t name_width_ = 0;
};

}  // namespace

std::vector<std::string> render(RunView const& view, Timestamp now, TerminalSize size, Style const& style) {
  return Renderer{view, now, size, style}.run();
}

}  // namespace runcast::cli
